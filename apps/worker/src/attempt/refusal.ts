import { pino } from 'pino'

/**
 * Until the worker takes jobs, the person who started it reads its log: an error is one sentence in the log, and ends
 * the process with 1.
 *
 * @returns a function that ends this: later errors are handled elsewhere
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
