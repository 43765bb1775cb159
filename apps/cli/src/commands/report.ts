import { writeFile } from 'node:fs/promises'
import { bytesWords } from '../bytes.ts'
import type { Command } from '../command.ts'

export const report: Command = {
  summary: 'writes a run as one page that needs no service: flow, curves, findings, evaluation, log, specification',
  arguments: ['job'],
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'file',
      help: 'to this file (else <job>.html); - for standard output',
    },
  },
  example: 'unroll report latest -o run.html',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const { recordRun, writePage } = await import('../report/record_run.ts')
    const page = await writePage(await recordRun(client, id, signal))
    const { output = `${id}.html` } = text
    if (output === '-') return await terminal.bytes(page)
    await writeFile(output, page)
    terminal.out(
      flags['json'] === true
        ? JSON.stringify({ job: id, file: output, bytes: page.byteLength })
        : `${output}, ${bytesWords(page.byteLength)}`,
    )
  },
}
