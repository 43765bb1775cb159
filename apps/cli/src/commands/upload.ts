import { basename } from 'node:path'
import type { Command } from '../command.ts'
import { readBlob } from '../input_file.ts'

export const upload: Command = {
  summary: 'uploads a text to train on: a file, a pipe, or - for standard input',
  arguments: ['file'],
  options: { name: { type: 'string', value: 'name', help: 'what to call it (else the name of the file)' } },
  example: 'unroll upload shakespeare.txt',
  async run({ client, terminal, given: [path = ''], text, flags, signal }) {
    const name = text['name'] ?? (path === '-' ? 'standard input' : basename(path))
    const dataset = await client.datasets.create(await readBlob(path, terminal), { name, signal })
    terminal.out(flags['json'] === true ? JSON.stringify(dataset) : dataset.id)
  },
}
