import type { JobEvent } from '@unroll/client'
import type { Command } from '../command.ts'

const LEVEL_WIDTH = 'error'.length

export const events: Command = {
  summary: "prints a job's log, oldest first",
  arguments: ['job'],
  example: 'unroll events job_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    for await (const event of client.jobs.eachEvent(id, { limit: 100 }, { signal }))
      terminal.out(flags['json'] === true ? JSON.stringify(event) : eventLine(event))
  },
}

/** The number of an attempt; an epoch of training is something else. */
const ATTEMPT: Readonly<Record<string, string>> = { epoch: 'attempt', newest_epoch: 'newest_attempt' }

/** An entry of a job's log, with all of its fields. */
export function eventLine({ created_at, level, code, message, data }: JobEvent): string {
  const about = Object.entries(data).map(([name, value]) => `${ATTEMPT[name] ?? name}=${JSON.stringify(value)}`)
  return [created_at, level.padEnd(LEVEL_WIDTH), code, message, about.join(' ')].join('  ').trimEnd()
}
