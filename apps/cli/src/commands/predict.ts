import type { PredictionQuery } from '@unroll/client'
import { parseAsked } from '../asked_model.ts'
import { parseCount, type Call, type Command } from '../command.ts'
import { readJsonOrArrow } from '../input_file.ts'
import { named } from '../named_numbers.ts'
import type { Terminal } from '../terminal.ts'
import { UsageError } from '../usage_error.ts'

export const predict: Command = {
  summary: 'has a trained network write on from a prompt, or answer sequences',
  arguments: ['job or model'],
  options: {
    prompt: { type: 'string', value: 'text', help: 'write on from here; empty: from a new line' },
    input: {
      type: 'string',
      value: 'file',
      help: 'answer this: a list of sequences in JSON, a table of them in Arrow; - is standard input',
    },
    checkpoint: { type: 'string', value: 'checkpoint', help: 'its id, latest or best (else best)' },
    length: { type: 'string', value: 'count', help: 'characters to write (else 200)' },
    temperature: { type: 'string', value: 'number', help: '0 writes the likeliest each time (else 1)' },
    'top-k': { type: 'string', value: 'count', help: 'draw among so many of the likeliest (else among all)' },
    seed: { type: 'string', value: 'count', help: 'the same seed writes the same (else 0)' },
    steps: { type: 'boolean', help: 'also what is answered after each step' },
    saliency: { type: 'boolean', help: 'also how much the answer depends on the input of each step' },
    gates: { type: 'boolean', help: 'also the mean of each gate at each step' },
    arrow: { type: 'boolean', help: 'write a table in Arrow with a row for each sequence' },
  },
  example:
    'unroll predict job_… --prompt "ROMEO:" --temperature 0.8    (of a registered model: unroll predict shakespeare@production …)',
  async run(call) {
    const {
      client,
      terminal,
      given: [id = ''],
      text,
      flags,
      signal,
    } = call
    const asked = parseAsked(id)
    const query = await readQuery(call)
    if (flags['arrow'] === true)
      return await terminal.bytes(await client.predictions.createTable(asked, query, { signal }))
    if (text['prompt'] === undefined || flags['json'] === true) {
      const prediction = await client.predictions.create(asked, query, { signal })
      if (flags['json'] === true) return terminal.out(JSON.stringify(prediction, named))
      const { formatPredictions } = await import('../views/prediction_view.ts')
      for (const line of formatPredictions(prediction.predictions ?? [])) terminal.out(line)
      return
    }
    await terminal.bytes(Buffer.from(text['prompt']))
    for await (const piece of client.predictions.stream(asked, query, { signal })) {
      if ('text' in piece) await terminal.bytes(Buffer.from(piece.text))
      if ('symbols' in piece) await terminal.bytes(Buffer.from(`${piece.symbols.join(' ')} `))
    }
    await terminal.bytes(Buffer.from('\n'))
  },
}

/** @throws {UsageError} */
async function readQuery({ text, flags, terminal }: Call): Promise<PredictionQuery> {
  const { prompt, input, checkpoint, temperature } = text
  if ((prompt === undefined) === (input === undefined)) throw new UsageError('needs either --prompt or --input')
  if (temperature !== undefined && !(Number(temperature) >= 0))
    throw new UsageError(`--temperature must be a number ≥ 0: current value is "${temperature}"`)
  const options = {
    checkpoint,
    length: parseCount(text['length'], 'length'),
    temperature: temperature === undefined ? undefined : Number(temperature),
    top_k: parseCount(text['top-k'], 'top-k'),
    seed: parseCount(text['seed'], 'seed', 0),
    steps: flags['steps'],
    saliency: flags['saliency'],
    gates: flags['gates'],
  }
  const query = { ...options, prompt, inputs: input === undefined ? undefined : await readInputs(input, terminal) }
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
}

/** @throws {UsageError} */
async function readInputs(path: string, terminal: Terminal): Promise<NonNullable<PredictionQuery['inputs']>> {
  const inputs = await readJsonOrArrow(path, terminal)
  if (inputs instanceof Uint8Array || Array.isArray(inputs)) return inputs as NonNullable<PredictionQuery['inputs']>
  throw new UsageError(`"${path}" must be a list of sequences`)
}
