import type { Command } from '../command.ts'

export const events: Command = {
  summary: "prints a job's log, oldest first",
  arguments: ['job'],
  example: 'unroll events job_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    for await (const event of client.jobs.eachEvent(id, { limit: 100 }, { signal })) {
      const { created_at, level, code, message } = event
      terminal.out(
        flags['json'] === true ? JSON.stringify(event) : `${created_at}  ${level.padEnd(5)}  ${code}  ${message}`,
      )
    }
  },
}
