import { UnrollError } from '@unroll/spec'
import type { App } from '../types.ts'

/** Bodies of 1 MiB at most: a job specification takes a few hundred bytes. */
export const MAX_JSON_BYTES: number = 2 ** 20

const FORBIDDEN = 'Field name'

/** Reads JSON bodies, and no others. */
export function jsonBody(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: MAX_JSON_BYTES },
    (_request, text, done) => {
      try {
        done(null, text === '' ? undefined : parseJson(String(text)))
      } catch (error) {
        done(error as UnrollError)
      }
    },
  )
}

/** @throws {UnrollError} INVALID_REQUEST, that says where the text stops being JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, refusePrototype)
  } catch (cause) {
    const detail = `Must be JSON: ${describe(cause, text)}`
    throw new UnrollError('INVALID_REQUEST', 'Cannot read the body as it is not JSON', {
      faults: [{ pointer: '', detail }],
      cause,
    })
  }
}

function refusePrototype(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new SyntaxError(`${FORBIDDEN} "__proto__" is not allowed`)
  return value
}

function describe(error: unknown, text: string): string {
  const { message } = error as Error
  if (!(error instanceof SyntaxError) || message.startsWith(FORBIDDEN)) return message
  const [reason = message] = message.split(/, (?:\.\.\.)?"| in JSON at position/, 1)
  return `${reason} at ${placeOf(text, positionOf(message) ?? lengthOfGoodStart(text))}`
}

function positionOf(message: string): number | undefined {
  const digits = /at position (\d+)/.exec(message)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** How much of a faulty text is the start of some JSON text: the parser does not always say where it stopped. */
function lengthOfGoodStart(text: string): number {
  let [good, bad] = [0, text.length + 1]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (mayGoOn(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return good
}

function mayGoOn(start: string): boolean {
  try {
    JSON.parse(start)
    return true
  } catch (error) {
    const { message } = error as Error
    return message.startsWith('Unexpected end') || positionOf(message) === start.length
  }
}

function placeOf(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
}
