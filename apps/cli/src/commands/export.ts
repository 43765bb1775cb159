import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { CHECKPOINT_FORMATS, CHECKPOINT_FORMAT_NAMES, type CheckpointFormat } from '@unroll/client'
import { UsageError, type Call, type Command } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { readBytes } from '../input_file.ts'
import { HOW_TO_INSTALL, loadOnnxRuntime } from '../onnx_runtime.ts'

const FORMATS = CHECKPOINT_FORMAT_NAMES.map((name) => `${name}: ${CHECKPOINT_FORMATS[name].summary}`)

export const exportModel: Command = {
  summary: 'writes a saved state of a run as a file, or its network in a format of other tools',
  arguments: ['job'],
  options: {
    format: { type: 'string', value: 'format', help: `of the file (else state). ${FORMATS.join('; ')}` },
    checkpoint: { type: 'string', value: 'checkpoint', help: 'of this saved state (else of the newest)' },
    output: { type: 'string', short: 'o', value: 'file', help: 'to this file (else to standard output)' },
  },
  example: 'unroll export job_… --format onnx -o model.onnx',
  async run({ client, terminal, given: [id = ''], text, signal }) {
    const format = parseFormat(text['format'])
    const checkpoint = text['checkpoint'] ?? (await client.jobs.checkpoints(id, { limit: 1 }, { signal })).data[0]?.id
    if (checkpoint === undefined) throw new UsageError(`finds no saved state of ${id}`)
    const content = await client.jobs.checkpointContent(id, checkpoint, { format, signal })
    const { output } = text
    if (format === 'onnx') return await handOver(await buffer(content), output, terminal)
    if (output !== undefined) return await pipeline(Readable.from(content), createWriteStream(output))
    for await (const chunk of content) await terminal.bytes(chunk)
  },
}

/** Writes a file of ONNX once its proof holds; where nothing can run it here, unverified. */
async function handOver(file: Buffer, output: string | undefined, terminal: Call['terminal']): Promise<Exit> {
  const runtime = await loadOnnxRuntime()
  if (runtime === undefined) terminal.note(`not verified, as onnxruntime-node is not installed: ${HOW_TO_INSTALL}`)
  else {
    const { verify } = await import('../verification.ts')
    const { isWithin, line } = await verify(file, runtime)
    terminal.note(line)
    if (!isWithin) return 'fault'
  }
  if (output === undefined) await terminal.bytes(file)
  else await writeFile(output, file)
  return 'ok'
}

export const verifyFile: Command = {
  summary: 'runs the proof that an exported model.onnx carries, and prints the largest difference',
  arguments: ['file'],
  example: 'unroll verify model.onnx',
  async run({ terminal, given: [path = ''], flags }) {
    const file = await readBytes(path, terminal)
    const runtime = await loadOnnxRuntime()
    if (runtime === undefined) {
      terminal.note(`Cannot run "${path}" as onnxruntime-node is not installed: ${HOW_TO_INSTALL}`)
      return 'fault'
    }
    const { verify } = await import('../verification.ts')
    const { line, ...verified } = await verify(file, runtime)
    terminal.out(flags['json'] === true ? JSON.stringify(verified) : line)
    return verified.isWithin ? 'ok' : 'fault'
  },
}

function parseFormat(text: string | undefined): CheckpointFormat {
  const found = CHECKPOINT_FORMAT_NAMES.find((name) => name === (text ?? 'state'))
  if (found === undefined)
    throw new UsageError(`--format must be one of ${CHECKPOINT_FORMAT_NAMES.join(', ')}: current value is "${text}"`)
  return found
}
