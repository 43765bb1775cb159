import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from '../command.ts'

export const upload: Command = {
  summary: 'uploads a text to train on',
  arguments: ['file'],
  options: { name: { type: 'string', value: 'name', help: 'what to call it (else the name of the file)' } },
  example: 'unroll upload shakespeare.txt',
  async run({ client, terminal, given: [path = ''], text, flags, signal }) {
    const name = text['name'] ?? basename(path)
    const dataset = await client.datasets.create(await openAsBlob(path), { name, signal })
    terminal.out(flags['json'] === true ? JSON.stringify(dataset) : dataset.id)
  },
}
