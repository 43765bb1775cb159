import { createNetwork, initialState } from '@unroll/bptt'
import { parseJobSpec, readAsked, type Decoding, type PredictionRequest } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { TrainedModel, describeAnswering } from '@unroll/trainer'
import { bench, choice, count } from './command.ts'
import { outOption, report } from './results.ts'
import { generateTable, type GenerateResult } from './tables/generate.ts'
import { rounded } from './timing.ts'

const VOCABULARY = ['\n', ...Array.from({ length: 64 }, (_, n) => String.fromCharCode(32 + n))]
/** Parts of the text, of which each has its most memory told. */
const PARTS = 10
/** How often memory is read. */
const READINGS = 1_000
const MIB = 2 ** 20

const COMMAND = {
  name: 'generate',
  question:
    'How fast does a character model write a long text, how soon its first character, and does its memory stay as it is?',
  options: {
    characters: count(1_000_000, 'to write'),
    hidden: count(128, 'units of the lstm'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'that computes'),
    out: outOption('generate'),
  },
} as const

await bench(COMMAND, async ({ characters, hidden, engine: name, out }) => {
  const { engine } = await selectEngine(name)
  const parsed = parseJobSpec({
    model: { cell: 'lstm', hidden_size: hidden },
    data: { dataset: 'ds_0123456789abcdefghij' },
  })
  if (!parsed.ok) throw new Error(`Cannot describe the model: ${JSON.stringify(parsed.faults)}`)
  const spec = parsed.value
  const decoding: Decoding = { kind: 'text', problem: 'next_symbol', vocabulary: VOCABULARY }
  const program = describeAnswering({ spec, decoding })
  const model = await TrainedModel.open(engine, {
    spec,
    decoding,
    tensors: initialState(createNetwork(program), program),
  })
  const request: PredictionRequest = {
    checkpoint: 'best',
    prompt: 'A',
    length: characters,
    temperature: 1,
    seed: 1,
    steps: false,
    saliency: false,
    gates: false,
  }
  const read = readAsked(request, decoding)
  if ('faults' in read || read.asked.kind !== 'prompt') throw new Error('Cannot read the prompt')
  for await (const _ of model.write(read.asked, { ...request, length: 20 })); // compiles
  const begun = performance.now()
  const every = Math.ceil(characters / READINGS)
  const mostBytes = Array.from({ length: PARTS }, () => 0)
  let firstMs: number | undefined
  let written = 0
  for await (const symbol of model.write(read.asked, request)) {
    firstMs ??= performance.now() - begun
    written += Array.from(symbol).length
    const part = Math.ceil((written / characters) * PARTS) - 1
    if (written % every === 0) mostBytes[part] = Math.max(mostBytes[part]!, process.memoryUsage.rss())
    if (written === Math.floor(((part + 1) * characters) / PARTS)) {
      const rate = written / ((performance.now() - begun) / 1_000)
      const counted = `${written.toLocaleString('en')} of ${characters.toLocaleString('en')} characters`
      const memory = `at most ${rounded(mostBytes[part]! / MIB, 1)} MiB in the last tenth`
      process.stderr.write(`${counted}, ${Math.round(rate)}/s, ${memory}\n`)
    }
  }
  const seconds = (performance.now() - begun) / 1_000
  model.dispose()
  report<Omit<GenerateResult, 'date' | 'machine' | 'versions'>>(
    out,
    {
      versions: engine.versions,
      hidden,
      written,
      first_ms: rounded(firstMs ?? NaN, 3),
      seconds: rounded(seconds, 1),
      tenths_mib: mostBytes.map((bytes) => rounded(bytes / MIB, 1)),
    },
    generateTable,
  )
})
