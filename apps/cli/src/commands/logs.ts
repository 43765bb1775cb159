import type { JobEvent } from '@unroll/client'
import { parseCount, type Command } from '../command.ts'
import { logLine } from '../log_lines.ts'
import { UsageError } from '../usage_error.ts'

/** From the least to the most urgent. */
const LEVELS = ['info', 'warn', 'error'] as const

export const logs: Command = {
  summary: "prints a job's log, oldest first",
  arguments: ['job'],
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on with what comes, until the job ends' },
    tail: { type: 'string', short: 'n', value: 'n', help: 'of what there is, the newest n entries alone' },
    level: { type: 'string', value: 'level', help: `entries of this level and above: ${LEVELS.join(', ')} (else all)` },
  },
  example: 'unroll logs latest -f --level warn',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const tail = parseCount(text['tail'], 'tail', 0) ?? Infinity
    const levels = LEVELS.slice(parseLevel(text['level']))
    const isWanted = ({ level }: JobEvent) => levels.some((each) => each === level)
    const tell = (event: JobEvent) => terminal.out(flags['json'] === true ? JSON.stringify(event) : logLine(event))
    const known: JobEvent[] = []
    for await (const event of client.jobs.eachEvent(id, { limit: 100 }, { signal })) known.push(event)
    const wanted = known.filter(isWanted)
    for (const event of wanted.slice(Math.max(0, wanted.length - tail))) tell(event)
    if (flags['follow'] !== true) return
    const seen = new Set(known.map((event) => event.id))
    for await (const { type, data } of client.stream(id, { types: ['event', 'checkpoint'], signal }))
      if ((type === 'event' || type === 'checkpoint') && !seen.has(data.id) && isWanted(data)) tell(data)
  },
}

/** The place of a level. @throws {UsageError} */
function parseLevel(text: string = LEVELS[0]): number {
  const place = LEVELS.findIndex((level) => level === text)
  if (place < 0) throw new UsageError(`--level must be one of ${LEVELS.join(', ')}: current value is "${text}"`)
  return place
}
