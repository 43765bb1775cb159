import type { Command } from '../command.ts'
import { table } from '../table.ts'
import { named } from '../named_numbers.ts'

export const checkpoints: Command = {
  summary: 'lists the saved states of a run, newest first',
  arguments: ['job'],
  example: 'unroll checkpoints job_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const rows: string[][] = [['ID', 'STEP', 'BYTES', 'SHA256']]
    for await (const checkpoint of client.jobs.eachCheckpoint(id, { limit: 100 }, { signal })) {
      if (flags['json'] === true) terminal.out(JSON.stringify(checkpoint, named))
      rows.push([checkpoint.id, String(checkpoint.step), String(checkpoint.bytes), checkpoint.sha256.slice(0, 12)])
    }
    if (flags['json'] !== true) for (const line of table(rows)) terminal.out(line)
  },
}
