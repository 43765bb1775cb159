import { eventually } from '../e2e/service.ts'

const LIMIT_MS = 180_000
const ANSWER_MS = 10_000

/** The answer of a service whose every part may be killed at any moment: asked until it comes. */
export async function insist<T>(url: string, path: string, init: RequestInit = {}): Promise<T> {
  return await eventually(
    `${path} is answered`,
    async () => {
      const answer = await attempt(`${url}${path}`, init)
      // What cannot be served now may be asked for again; anything else is a mistake.
      if (answer === undefined || answer.status >= 500 || answer.status === 409) return undefined
      if (answer.status >= 400) throw new RangeError(`Cannot go on as the service refused: ${answer.text}`)
      return JSON.parse(answer.text) as T
    },
    { limitMs: LIMIT_MS },
  )
}

/** Undefined where the connection broke. */
async function attempt(url: string, init: RequestInit): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) })
    return { status: response.status, text: await response.text() }
  } catch {
    return undefined
  }
}
