import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UsageError, type Command } from '../command.ts'
import { table } from '../table.ts'

export const checkpoints: Command = {
  summary: 'lists the saved states of a run, newest first',
  arguments: ['job'],
  example: 'unroll checkpoints job_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const rows: string[][] = [['ID', 'STEP', 'BYTES', 'SHA256']]
    for await (const checkpoint of client.jobs.eachCheckpoint(id, { limit: 100 }, { signal })) {
      if (flags['json'] === true) terminal.out(JSON.stringify(checkpoint))
      rows.push([checkpoint.id, String(checkpoint.step), String(checkpoint.bytes), checkpoint.sha256.slice(0, 12)])
    }
    if (flags['json'] !== true) for (const line of table(rows)) terminal.out(line)
  },
}

export const exportState: Command = {
  summary: 'writes the weights of a run as a safetensors file',
  arguments: ['job'],
  options: {
    checkpoint: { type: 'string', value: 'checkpoint', help: 'of this saved state (else of the newest)' },
    output: { type: 'string', short: 'o', value: 'file', help: 'to this file (else to standard output)' },
  },
  example: 'unroll export job_… -o weights.safetensors',
  async run({ client, terminal, given: [id = ''], text, signal }) {
    const checkpoint = text['checkpoint'] ?? (await client.jobs.checkpoints(id, { limit: 1 }, { signal })).data[0]?.id
    if (checkpoint === undefined) throw new UsageError(`finds no saved state of ${id}`)
    const content = await client.jobs.checkpointContent(id, checkpoint, { signal })
    if (text['output'] !== undefined) return await pipeline(Readable.from(content), createWriteStream(text['output']))
    for await (const chunk of content) await terminal.bytes(chunk)
  },
}
