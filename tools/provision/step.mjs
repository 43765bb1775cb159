const STILL_AT_IT_MS = 10_000

/** @param {number} since milliseconds, of `performance.now()` */
export const secondsSince = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/**
 * One step of provisioning: skipped when done, else carried out with a line before, lines while it lasts and one after.
 * @template T
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.doing what is shown while the work goes on
 * @param {() => T | undefined} options.done the result when nothing is left to do
 * @param {() => Promise<T>} options.work
 * @returns {Promise<T>}
 */
export async function step({ name, doing, done, work }) {
  const ready = done()
  if (ready !== undefined) {
    console.log(`  ✓ ${name}`)
    return ready
  }
  const since = performance.now()
  console.log(`  … ${name}: ${doing}`)
  const reminder = setInterval(() => console.log(`  … ${name}: still at it (${secondsSince(since)})`), STILL_AT_IT_MS)
  try {
    const result = await work()
    console.log(`  ✓ ${name} (${secondsSince(since)})`)
    return result
  } finally {
    clearInterval(reminder)
  }
}
