import { setTimeout as sleep } from 'node:timers/promises'

const ASK_EVERY_MS = 100
const REMIND_EVERY_MS = 5_000

/**
 * Waits until the service answers 200 at an address, and says every few seconds what it waits for.
 * @param {string} url
 * @param {{ limitMs: number, signal: AbortSignal }} options
 * @throws {Error} when it does not within `limitMs`, with its last answer
 */
export async function untilReady(url, { limitMs, signal }) {
  const since = performance.now()
  let remindAt = since + REMIND_EVERY_MS
  let answer = await ask(url, signal)
  while (answer !== 'ready') {
    const now = performance.now()
    if (now - since > limitMs)
      throw new Error(`Cannot start: ${url} must answer 200 within ${limitMs / 1000} s: ${answer}`)
    if (now > remindAt) {
      console.log(`  … waiting for ${url}: ${answer}`)
      remindAt = now + REMIND_EVERY_MS
    }
    await sleep(ASK_EVERY_MS, undefined, { signal })
    answer = await ask(url, signal)
  }
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<string>} 'ready', or what it answers instead
 */
async function ask(url, signal) {
  try {
    const response = await fetch(url, { signal })
    return response.ok ? 'ready' : `${response.status} ${await response.text()}`
  } catch (error) {
    signal.throwIfAborted()
    return error.cause?.code === 'ECONNREFUSED' ? 'it is not up yet' : (error.cause?.message ?? error.message)
  }
}
