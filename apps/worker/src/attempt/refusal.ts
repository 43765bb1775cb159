import { pino } from 'pino'

/**
 * Until the worker takes jobs, whoever has started it is there to read why it cannot: an error is one sentence in the log, and
 * ends the process with 1.
 *
 * @returns ends that: from then on errors go where they are meant to
 */
export function endOnError(): () => void {
  process.on('uncaughtException', refuse)
  return () => process.off('uncaughtException', refuse)
}

function refuse(error: unknown): void {
  const err = error instanceof Error ? error : new Error(String(error))
  pino({ base: { service: 'worker' } }).fatal({ stack: err.stack }, err.message)
  process.exit(1)
}
