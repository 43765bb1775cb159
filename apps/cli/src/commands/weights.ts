import { basename } from 'node:path'
import { bytesWords } from '../bytes.ts'
import type { Command } from '../command.ts'
import { readBlob } from '../input_file.ts'
import { table } from '../table.ts'

export const uploadWeights: Command = {
  summary: 'uploads a file of weights that jobs may start from: safetensors, .weights.h5 or .keras',
  arguments: ['file'],
  options: { name: { type: 'string', value: 'name', help: 'what to call it (else the name of the file)' } },
  example: 'unroll upload-weights model.safetensors',
  async run({ client, terminal, given: [path = ''], text, flags, signal }) {
    const name = text['name'] ?? (path === '-' ? 'standard input' : basename(path))
    const stored = await client.weights.create(await readBlob(path, terminal), { name, signal })
    terminal.out(flags['json'] === true ? JSON.stringify(stored) : stored.id)
  },
}

export const weights: Command = {
  summary: 'lists uploaded weights, newest first',
  arguments: [],
  example: 'unroll weights',
  async run({ client, terminal, flags, signal }) {
    const rows: string[][] = [['ID', 'FORMAT', 'TENSORS', 'SIZE', 'UPLOADED', 'NAME']]
    for await (const stored of client.weights.each({ limit: 100 }, { signal })) {
      if (flags['json'] === true) terminal.out(JSON.stringify(stored))
      const { id, format, tensors, bytes, created_at, name } = stored
      rows.push([id, format, String(tensors.length), bytesWords(bytes), created_at, name])
    }
    if (flags['json'] !== true) for (const line of table(rows)) terminal.out(line)
  },
}

export const deleteWeights: Command = {
  summary: 'deletes uploaded weights; jobs that start from them have a copy',
  arguments: ['weights'],
  example: 'unroll delete-weights wts_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    await client.weights.delete(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify({ id, deleted: true }) : `${id} deleted`)
  },
}
