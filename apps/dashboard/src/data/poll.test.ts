import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RETRY, poll, type Next } from './poll.ts'

/** Runs ticks that do as `script` says, an Error being thrown, and gives what was seen on the way. */
async function run(script: readonly (Next | Error)[]): Promise<{ slept: number[]; log: string[]; ticks: number }> {
  const left = [...script]
  const slept: number[] = []
  const log: string[] = []
  let ticks = 0
  await poll(
    async () => {
      ticks += 1
      const next = left.shift() ?? 'stop'
      if (next instanceof Error) throw next
      return next
    },
    {
      everyMs: 700,
      signal: new AbortController().signal,
      pace: {
        sleep: async (ms) => {
          slept.push(ms)
        },
        whenVisible: async () => undefined,
      },
      connection: {
        succeeded: () => log.push('succeeded'),
        failed: (_, retryMs) => log.push(`failed, retry in ${retryMs}`),
      },
    },
  )
  return { slept, log, ticks }
}

test('poll() pauses after "later", goes on at once after "now" and ends with "stop"', async () => {
  const { slept, ticks } = await run(['later', 'now', 'later', 'stop'])
  assert.equal(ticks, 4)
  assert.deepEqual(slept, [700, 700])
})

test('poll() tries again after a pause that doubles up to its limit, and starts small after a success', async () => {
  const fault = new Error('away')
  const { slept, log } = await run([fault, fault, fault, fault, fault, fault, 'later', fault, 'stop'])
  const { minMs, maxMs } = RETRY
  assert.deepEqual(slept, [minMs, 2 * minMs, 4 * minMs, 8 * minMs, maxMs, maxMs, 700, minMs])
  assert.equal(log.at(0), `failed, retry in ${minMs}`)
  assert.equal(log.at(-1), 'succeeded')
})

test('poll() does not tick while nobody sees the page', async () => {
  let ticks = 0
  let show: () => void = () => undefined
  const shown = new Promise<void>((resolve) => {
    show = resolve
  })
  const done = poll(
    async () => {
      ticks += 1
      return 'stop'
    },
    {
      everyMs: 1,
      signal: new AbortController().signal,
      pace: { sleep: async () => undefined, whenVisible: () => shown },
      connection: { succeeded: () => undefined, failed: () => undefined },
    },
  )
  await Promise.resolve()
  assert.equal(ticks, 0)
  show()
  await done
  assert.equal(ticks, 1)
})

test('poll() ends without a word of failure when it is aborted during a tick', async () => {
  const abort = new AbortController()
  let failures = 0
  await poll(
    async () => {
      abort.abort()
      throw new Error('aborted')
    },
    {
      everyMs: 1,
      signal: abort.signal,
      pace: { sleep: async () => undefined, whenVisible: async () => undefined },
      connection: { succeeded: () => undefined, failed: () => (failures += 1) },
    },
  )
  assert.equal(failures, 0)
})
