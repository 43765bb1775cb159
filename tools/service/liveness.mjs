// Tells a process that no longer answers from one that is merely slow: any answer counts, however late it comes.

/** How often a process that has answered is asked within the time for which it may be silent. */
const ASKED_WITHIN_SILENCE = 4
const LOOK_EVERY_MS = 250
/** How long a process may take from its start to its first answer. */
const START_MS = 300_000

/**
 * @typedef {object} Liveness how to tell that a process lives
 * @property {(signal: AbortSignal) => Promise<unknown>} ask resolves once it answers, whatever it says
 * @property {number} silenceMs how long it may be silent once it has answered
 */

/** Whoever answers a request over HTTP lives, whatever the status. @param {string} url */
export function askHttp(url) {
  return async (/** @type {AbortSignal} */ signal) => {
    const response = await fetch(url, { signal })
    await response.arrayBuffer()
  }
}

/**
 * Asks a process again and again whether it lives.
 * @param {Liveness} liveness
 * @param {{ onAnswer: () => void, onSilent: (silentMs: number) => void }} told `onSilent` once, and nothing after it
 * @returns {() => void} ends it
 */
export function watchLiveness({ ask, silenceMs }, { onAnswer, onSilent }) {
  const ended = new AbortController()
  let hasAnswered = false
  let silentMs = 0
  let lookedAt = performance.now()
  let askedAt = -Infinity
  const answered = () => {
    if (ended.signal.aborted) return
    hasAnswered = true
    silentMs = 0
    onAnswer()
  }
  const end = () => {
    clearInterval(timer)
    ended.abort()
  }
  const timer = setInterval(() => {
    const now = performance.now()
    // Where this process did not run itself, as in a machine that was suspended, nobody could be heard.
    silentMs += Math.min(now - lookedAt, 2 * LOOK_EVERY_MS)
    lookedAt = now
    if (silentMs >= (hasAnswered ? silenceMs : START_MS)) {
      end()
      return onSilent(silentMs)
    }
    if (hasAnswered && now - askedAt < silenceMs / ASKED_WITHIN_SILENCE) return
    askedAt = now
    ask(AbortSignal.any([ended.signal, AbortSignal.timeout(silenceMs)])).then(answered, () => {}) // told by its silence
  }, LOOK_EVERY_MS)
  return end
}
