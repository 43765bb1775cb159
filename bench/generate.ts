import { createNetwork, initialState } from '@unroll/bptt'
import { parseJobSpec, readAsked, type Decoding, type PredictionRequest } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { TrainedModel, describeAnswering } from '@unroll/trainer'
import { bench, choice, count } from './command.ts'
import { outOption, report } from './results.ts'
import { generateTable, type GenerateResult } from './tables/generate.ts'
import { rounded } from './timing.ts'

const VOCABULARY = ['\n', ...Array.from({ length: 64 }, (_, n) => String.fromCharCode(32 + n))]
/** Memory is compared from here on, where everything is compiled and warm. */
const WARM_SHARE = 0.1
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
  let firstMs: number | undefined
  let written = 0
  let warmBytes = 0
  let mostBytes = 0
  for await (const symbol of model.write(read.asked, request)) {
    firstMs ??= performance.now() - begun
    written += Array.from(symbol).length
    if (written % 1_000 > 0) continue
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
    if (written <= characters * WARM_SHARE) warmBytes = mostBytes
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
      warm_mib: rounded(warmBytes / MIB, 1),
      most_mib: rounded(mostBytes / MIB, 1),
    },
    generateTable,
  )
})
