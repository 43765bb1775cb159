import type { TraceQuery } from '@unroll/client'
import { parseCount, type Call, type Command } from '../command.ts'
import { readJson } from '../input_file.ts'
import { named } from '../named_numbers.ts'
import { UsageError } from '../usage_error.ts'

export const trace: Command = {
  summary: 'follows one sequence through a trained network, step by step, and the gradient of its loss back',
  arguments: ['job'],
  options: {
    text: { type: 'string', value: 'text', help: 'follow this text' },
    input: { type: 'string', value: 'file', help: 'follow this: JSON, one sequence, or - for standard input' },
    target: { type: 'string', value: 'json', help: 'what should be answered to the input, as JSON' },
    sample: { type: 'string', value: 'n', help: 'follow a sequence that the run evaluates, from 0 (else 0)' },
    checkpoint: { type: 'string', value: 'checkpoint', help: 'its id, latest or best (else best)' },
    arrow: { type: 'boolean', help: 'write a table in Arrow with a row for each step' },
  },
  example: 'unroll trace job_… --sample 3    (--json or --arrow > trace.arrow: every number)',
  async run(call) {
    const {
      client,
      terminal,
      given: [id = ''],
      flags,
      signal,
    } = call
    const query = await readQuery(call)
    if (flags['arrow'] === true) return await terminal.bytes(await client.predictions.traceTable(id, query, { signal }))
    const found = await client.predictions.trace(id, query, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(found, named))
    const { formatTrace } = await import('../views/trace_view.ts')
    for (const line of formatTrace(found)) terminal.out(line)
  },
}

/** @throws {UsageError} */
async function readQuery({ text, terminal }: Call): Promise<TraceQuery> {
  const { text: given, input, target, checkpoint } = text
  if (given !== undefined && input !== undefined) throw new UsageError('needs either --text or --input, not both')
  const query = {
    checkpoint,
    sample: parseCount(text['sample'], 'sample', 0),
    input: input === undefined ? given : await readJson(input, terminal),
    target: target === undefined ? undefined : readTarget(target),
  }
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
}

function readTarget(target: string): unknown {
  try {
    return JSON.parse(target) as unknown
  } catch {
    return target // a class
  }
}
