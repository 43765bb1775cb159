// A curriculum that grows when a length is solved: sequences become longer at the looks that find their length solved, and at no other.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectEngine } from '@unroll/engines'
import { JOB } from './jobs.ts'
import { runJob } from './run.ts'

const [T, START, INCREMENT, EVERY] = [12, 4, 3, 2]

async function train(when: object) {
  const { engine } = await selectEngine('oracle')
  const run = await runJob(engine, {
    ...JOB,
    data: { task: 'parity' },
    sequence_length: T,
    optimizer: { type: 'adam', learning_rate: 0.02 },
    training: {
      ...JOB.training,
      max_steps: 40,
      curriculum: { start_length: START, increment: INCREMENT, every_steps: EVERY, when },
    },
  })
  engine.dispose()
  /** What each look measured, the length it measured, and that of the next step. */
  const looks = run.rows.flatMap(({ step, series }) => {
    const length = series['sequence_length']!
    const loss = series[`evaluation_loss/${length}`]
    const next = run.rows.find((row) => row.step === step + 1)?.series['sequence_length']
    return loss === undefined ? [] : [{ step, length, loss, next: next ?? NaN }]
  })
  return { run, looks }
}

test('sequences whose length is never solved stay as short as they began, and are looked at every time', async (t) => {
  const { run, looks } = await train({ below: -1 })
  assert.deepEqual([...new Set(run.rows.map(({ series }) => series['sequence_length']))], [START])
  assert.deepEqual(
    looks.map(({ step }) => step),
    run.rows.map(({ step }) => step).filter((step) => step % EVERY === 0),
  )
  assert.ok(!run.events.includes('sequences_grew'))
  t.diagnostic(`${looks.length} looks`)
})

test('sequences grow after each look that finds their length solved, say so in an event, and are not looked at once they are whole', async (t) => {
  const losses = (await train({ below: -1 })).looks.map(({ loss }) => loss).toSorted((a, b) => a - b)
  const below = losses[Math.floor(0.75 * losses.length)]!
  const { run, looks } = await train({ below })
  const solved = looks.filter(({ loss }) => loss < below)
  for (const { length, loss, next } of looks.filter((look) => !Number.isNaN(look.next)))
    assert.equal(next, loss < below ? Math.min(T, length + INCREMENT) : length)
  assert.ok(looks.every(({ length }) => length < T))
  assert.ok(solved.length > 0 && solved.length < looks.length, `${solved.length} of ${looks.length} looks`)
  const events = run.data.filter((_, index) => run.events[index] === 'sequences_grew')
  assert.deepEqual(
    events.map(({ step, from }) => [step, from]),
    solved.map(({ step, length }) => [step, length]),
  )
  t.diagnostic(`${solved.length} of ${looks.length} looks found their length solved`)
})
