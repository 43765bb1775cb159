import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UsageError, type Call, type Command } from '../command.ts'
import { mlflowToken } from '../config.ts'
import { readRun } from '../metrics_out/run_rows.ts'
import { TOOLS } from '../metrics_out/tools.ts'

const EXPERIMENT = 'unroll'

export const exportRun: Command = {
  summary: 'writes the weights of a run as a safetensors file or, with --to, its metrics for another tool',
  arguments: ['job'],
  options: {
    to: { type: 'string', value: 'tool', help: `metrics and flow, for ${Object.keys(TOOLS).join(', ')}` },
    output: {
      type: 'string',
      short: 'o',
      value: 'file',
      help: `to this file (weights else to standard output); tensorboard: ${TOOLS['tensorboard']!.output}; mlflow: ${TOOLS['mlflow']!.output}`,
    },
    experiment: {
      type: 'string',
      value: 'name',
      help: `of MLflow, created if it is missing (${EXPERIMENT} unless given)`,
    },
    checkpoint: { type: 'string', value: 'checkpoint', help: 'weights of this saved state (else of the newest)' },
  },
  example: 'unroll export job_… --to tensorboard -o logs    (weights: unroll export job_… -o weights.safetensors)',
  run: (call) => (call.text['to'] === undefined ? exportWeights(call) : exportMetrics(call, call.text['to'])),
}

async function exportMetrics({ client, terminal, given: [id = ''], text, signal }: Call, name: string): Promise<void> {
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined
  if (tool === undefined)
    throw new UsageError(`--to must be one of ${Object.keys(TOOLS).join(', ')}: current value is "${name}"`)
  const { output, experiment = EXPERIMENT, checkpoint } = text
  if (output === undefined) throw new UsageError(`--to ${name} needs --output, the ${tool.output}`)
  if (checkpoint !== undefined) throw new UsageError('--to exports metrics, and --checkpoint chooses weights')
  const openRun = () => readRun(client, id, signal)
  terminal.note(await tool.write({ openRun, output, experiment, token: mlflowToken(), signal }))
}

async function exportWeights({ client, terminal, given: [id = ''], text, signal }: Call): Promise<void> {
  const checkpoint = text['checkpoint'] ?? (await client.jobs.checkpoints(id, { limit: 1 }, { signal })).data[0]?.id
  if (checkpoint === undefined) throw new UsageError(`finds no saved state of ${id}`)
  const content = await client.jobs.checkpointContent(id, checkpoint, { signal })
  if (text['output'] !== undefined) return await pipeline(Readable.from(content), createWriteStream(text['output']))
  for await (const chunk of content) await terminal.bytes(chunk)
}
