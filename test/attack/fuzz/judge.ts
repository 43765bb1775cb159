import { ERRORS, UnrollError } from '@unroll/contract'

/** Errors that the language throws where code goes wrong. */
const OF_LANGUAGE: ReadonlySet<string> = new Set(['TypeError', 'RangeError', 'ReferenceError', 'EvalError', 'URIError'])
const FRAME = /^\s+at (?!.*node:).*?(\/[^\s():]+):\d+:\d+\)?$/
const OURS = /\/(?:packages|apps|test)\/(?!.*\/node_modules\/)/

/**
 * What is wrong with what a parser threw, if anything is. A refusal of ours is right; it may be caused by what an outside
 * library throws, but not by a fault in code of ours.
 */
export function findFault(error: unknown): string | undefined {
  if (!isRefusal(error)) return `No refusal of ours: ${tell(error)}`
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    if (OF_LANGUAGE.has(cause.name) && OURS.test(thrower(cause))) return `Caused by a fault of ours: ${tell(cause)}`
  return undefined
}

/** Errors of ours by their names: to load every package for its class would have its code covered. */
const REFUSALS: ReadonlySet<string> = new Set(['FormatError', 'DamagedFrame'])

function isRefusal(error: unknown): error is Error {
  if (error instanceof UnrollError) return ERRORS[error.code].status < 500
  return error instanceof Error && REFUSALS.has(error.name)
}

/** Where an error was thrown: the file of the innermost call that has one, unless Node threw it. */
function thrower({ stack = '' }: Error): string {
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '))
  const innermost = frames.find((line) => !line.includes('<anonymous>')) ?? ''
  return FRAME.exec(innermost)?.[1] ?? ''
}

function tell(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const frames = (error.stack ?? '').split('\n').filter((line) => FRAME.test(line))
  return `${error.name}: ${error.message.slice(0, 300)}${frames
    .slice(0, 3)
    .map((line) => ` ${line.trim()}`)
    .join('')}`
}
