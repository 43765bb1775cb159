import type { JobEvent } from '@unroll/client'
import { paint, wrapWords, type ColourBits, type Style } from './watch/paint.ts'

const LEVEL_WIDTH = 'error'.length
const LEVEL_STYLES: Readonly<Record<string, Style>> = { warn: 'yellow', error: 'red' }
/** The number of an attempt; an epoch of training is something else. */
const ATTEMPT: Readonly<Record<string, string>> = { epoch: 'attempt', newest_epoch: 'newest_attempt' }
const INDENT = 10

/** An entry of a job's log, with all of its fields, in UTC. */
export function logLine({ created_at, level, code, message, data }: JobEvent): string {
  return [created_at, level.padEnd(LEVEL_WIDTH), code, message, fieldWords(data)].join('  ').trimEnd()
}

/** An entry for a person who watches: local time, colours by level, in lines that fit. */
export function shortLogLine(
  { created_at, level, message, data }: JobEvent,
  { columns, bits }: { columns: number; bits: ColourBits },
): string[] {
  const time = new Date(created_at).toLocaleTimeString('en-GB')
  const style = LEVEL_STYLES[level]
  const told = style === undefined ? message : `${level}: ${message}`
  const [first = '', ...others] = wrapWords(`${time}  ${told}  ${fieldWords(data)}`.trimEnd(), columns - 1, INDENT)
  const words = first.slice(time.length)
  return [`${paint(time, 'dim', bits)}${style === undefined ? words : paint(words, style, bits)}`, ...others]
}

function fieldWords(data: JobEvent['data']): string {
  return Object.entries(data)
    .map(([name, value]) => `${ATTEMPT[name] ?? name}=${JSON.stringify(value)}`)
    .join(' ')
}
