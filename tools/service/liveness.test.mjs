import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { watchLiveness } from './liveness.mjs'

const SILENCE_MS = 1_500
const never = () => new Promise(() => {})

/**
 * Watches what answers each time as it is told, and resolves once it has answered so often or was found silent.
 * @param {(() => Promise<unknown>)[]} answers the last of them for ever
 * @param {number} [enough]
 */
function watched(answers, enough = Infinity) {
  let asked = 0
  let answered = 0
  return new Promise((resolve) => {
    const end = watchLiveness(
      { ask: () => (answers[asked++] ?? answers.at(-1) ?? never)(), silenceMs: SILENCE_MS },
      {
        onAnswer: () => {
          answered += 1
          if (answered < enough) return
          end()
          resolve('lives')
        },
        onSilent: (silentMs) => resolve(`silent for ${Math.round(silentMs / 1_000)} s after ${answered} answers`),
      },
    )
  })
}

for (const { title, answers, enough, found } of [
  { title: 'what answers lives', answers: [async () => {}], enough: 2, found: 'lives' },
  {
    title: 'what answers late lives, also where it has been asked again meanwhile',
    answers: [async () => {}, () => sleep(0.4 * SILENCE_MS)],
    enough: 2,
    found: 'lives',
  },
  {
    title: 'what no longer answers is silent',
    answers: [async () => {}, never],
    found: 'silent for 2 s after 1 answers',
  },
  {
    title: 'what refuses connections once it has answered is silent',
    answers: [async () => {}, () => Promise.reject(new Error('refused'))],
    found: 'silent for 2 s after 1 answers',
  },
  {
    title: 'what has not answered yet may take longer to start',
    answers: [() => sleep(2 * SILENCE_MS)],
    enough: 1,
    found: 'lives',
  },
])
  test(`watchLiveness(): ${title}`, async () => assert.equal(await watched(answers, enough), found))

test('watchLiveness() does not count a time in which this process itself did not run', async () => {
  const stopped = () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * SILENCE_MS)
    return never()
  }
  assert.equal(await watched([async () => {}, stopped, async () => {}], 2), 'lives')
})

test('watchLiveness() tells nothing once it is ended', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const told = t.mock.fn()
  const end = watchLiveness({ ask: async () => {}, silenceMs: 1 }, { onAnswer: told, onSilent: told })
  t.mock.timers.tick(250)
  end()
  await sleep(0)
  t.mock.timers.tick(60_000)
  assert.equal(told.mock.callCount(), 0)
})
