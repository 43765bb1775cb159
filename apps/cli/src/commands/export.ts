import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { CHECKPOINT_FORMATS, CHECKPOINT_FORMAT_NAMES, type CheckpointFormat } from '@unroll/client'
import { parseAsked } from '../asked_model.ts'
import type { Call, Command } from '../command.ts'
import { mlflowToken } from '../config.ts'
import type { Exit } from '../exit_codes.ts'
import { TOOLS } from '../metrics_out/tools.ts'
import { UsageError } from '../usage_error.ts'

const EXPERIMENT = 'unroll'
const DEFAULT_FORMAT: CheckpointFormat = 'state'
/** Ending of the model card, behind the name of the file that it describes. */
const CARD = '.md'
const FORMATS = CHECKPOINT_FORMAT_NAMES.map((name) => `${name}: ${CHECKPOINT_FORMATS[name].summary}`)

export const exportRun: Command = {
  summary:
    'writes a saved state of a run or a registered model, or its network for another tool, as a file; with --to, the metrics of a run',
  arguments: ['job or model'],
  options: {
    format: { type: 'string', value: 'format', help: `of the file (else ${DEFAULT_FORMAT}). ${FORMATS.join('; ')}` },
    to: { type: 'string', value: 'tool', help: `metrics and flow, for ${Object.keys(TOOLS).join(', ')}` },
    output: {
      type: 'string',
      short: 'o',
      value: 'file',
      help: `to this file, with its model card beside it as file.md (else to standard output, without); tensorboard: ${TOOLS['tensorboard']!.output}; mlflow: ${TOOLS['mlflow']!.output}; wandb-offline: ${TOOLS['wandb-offline']!.output}`,
    },
    experiment: {
      type: 'string',
      value: 'name',
      help: `of MLflow, created if it is missing, or project of W&B (${EXPERIMENT} unless given)`,
    },
    checkpoint: { type: 'string', value: 'checkpoint', help: 'this saved state (else the newest)' },
  },
  example:
    'unroll export job_… --format onnx -o model.onnx    (of a registered model: unroll export shakespeare@production …; metrics: unroll export job_… --to tensorboard -o logs)',
  run: (call) => (call.text['to'] === undefined ? exportCheckpoint(call) : exportMetrics(call, call.text['to'])),
}

async function exportMetrics(
  { client, terminal, given: [id = ''], text, flags, signal }: Call,
  name: string,
): Promise<void> {
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined
  if (tool === undefined)
    throw new UsageError(`--to must be one of ${Object.keys(TOOLS).join(', ')}: current value is "${name}"`)
  const { output, experiment = EXPERIMENT, checkpoint, format } = text
  if (output === undefined) throw new UsageError(`--to ${name} needs --output, the ${tool.output}`)
  if (checkpoint !== undefined) throw new UsageError('--to exports metrics, and --checkpoint chooses weights')
  if (format !== undefined) throw new UsageError('--to exports metrics, and --format is one of weights')
  const { readRun } = await import('../metrics_out/run_rows.ts')
  const openRun = () => readRun(client, id, signal)
  const wrote = await tool.write({ openRun, output, experiment, token: mlflowToken(), signal })
  if (flags['json'] === true) terminal.out(JSON.stringify({ job: id, to: name, output, wrote }))
  else terminal.note(wrote)
}

async function exportCheckpoint(call: Call): Promise<Exit | void> {
  const { terminal, text, flags } = call
  const format = parseFormat(text['format'])
  const { named, readContent, readCard } = await findSource(call)
  const content = await readContent(format)
  const { output } = text
  if (flags['json'] === true && output === undefined)
    throw new UsageError('--json needs --output, as standard output has the answer')
  const exit = await writeContent(content, { format, output, terminal })
  if (output === undefined || exit === 'fault') return exit
  await writeFile(`${output}${CARD}`, await readCard())
  if (flags['json'] === true) terminal.out(JSON.stringify({ ...named, format, file: output, card: `${output}${CARD}` }))
  else terminal.note(`${output}${CARD} is its model card`)
}

/** What is exported: a checkpoint of a job, or a version of a registered model. */
interface Source {
  /** In the answer of `--json`. */
  readonly named: object
  readonly readContent: (format: CheckpointFormat) => Promise<ReadableStream<Uint8Array>>
  readonly readCard: () => Promise<string>
}

async function findSource({ client, given: [name = ''], text, signal }: Call): Promise<Source> {
  const { checkpoint: wanted } = text
  const asked = parseAsked(name)
  if (typeof asked !== 'string') {
    const { model, version } = asked
    if (wanted !== undefined)
      throw new UsageError('--checkpoint is one of a job, and a model has versions: model@version')
    return {
      named: asked,
      readContent: (format) => client.models.content(model, { version, format, signal }),
      readCard: () => client.models.card(model, { version, signal }),
    }
  }
  const checkpoint = wanted ?? (await client.jobs.checkpoints(asked, { limit: 1 }, { signal })).data[0]?.id
  if (checkpoint === undefined) throw new UsageError(`finds no saved state of ${asked}`)
  return {
    named: { job: asked, checkpoint },
    readContent: (format) => client.jobs.checkpointContent(asked, checkpoint, { format, signal }),
    readCard: () => client.jobs.checkpointCard(asked, checkpoint, { signal }),
  }
}

interface Destination extends Pick<Call, 'terminal'> {
  readonly format: CheckpointFormat
  /** Standard output unless given. */
  readonly output: string | undefined
}

async function writeContent(
  content: ReadableStream<Uint8Array>,
  { format, output, terminal }: Destination,
): Promise<Exit | void> {
  if (format !== DEFAULT_FORMAT) return await handOver(await buffer(content), output, terminal)
  if (output !== undefined) return await pipeline(Readable.from(content), createWriteStream(output))
  for await (const chunk of content) await terminal.bytes(chunk)
}

/** Writes the file of a network once its proof holds; one of ONNX that nothing can run here, unverified. */
async function handOver(file: Buffer, output: string | undefined, terminal: Call['terminal']): Promise<Exit> {
  const { verify, NOT_RUN } = await import('../verification.ts')
  const verification = await verify(file)
  terminal.note(verification?.line ?? NOT_RUN)
  if (verification?.isWithin === false) return 'fault'
  if (output === undefined) await terminal.bytes(file)
  else await writeFile(output, file)
  return 'ok'
}

function parseFormat(text: string = DEFAULT_FORMAT): CheckpointFormat {
  const found = CHECKPOINT_FORMAT_NAMES.find((name) => name === text)
  if (found === undefined)
    throw new UsageError(`--format must be one of ${CHECKPOINT_FORMAT_NAMES.join(', ')}: current value is "${text}"`)
  return found
}
