import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Checkpoint } from '@unroll/contract'
import { dropped } from './retention.ts'

/** Checkpoints newest first, by evaluation loss. */
function checkpoints(losses: readonly (number | string | undefined)[]): Checkpoint[] {
  return losses.map((loss, index) => ({
    id: String(index),
    object: 'checkpoint',
    job: 'job',
    epoch: 1,
    step: losses.length - index,
    created_at: '',
    bytes: 1,
    sha256: '',
    metrics: loss === undefined ? {} : { evaluation_loss: loss },
  }))
}

const TABLE: { losses: (number | string | undefined)[]; latest: number; best: number; kept: number[]; what: string }[] =
  [
    { what: 'the newest and the best of the others', losses: [3, 5, 1, 4], latest: 1, best: 1, kept: [0, 2] },
    { what: 'two even when the newest is the best', losses: [1, 5, 3], latest: 1, best: 1, kept: [0, 2] },
    { what: 'only the newest when none of the best is wanted', losses: [3, 1], latest: 1, best: 0, kept: [0] },
    { what: 'all when there are few', losses: [3, 1], latest: 2, best: 2, kept: [0, 1] },
    { what: 'the newer of equals', losses: [3, 1, 1], latest: 1, best: 1, kept: [0, 1] },
    {
      what: 'what was evaluated rather than what was not',
      losses: [3, undefined, 'NaN', 9],
      latest: 1,
      best: 1,
      kept: [0, 3],
    },
    {
      what: 'the newest of those never evaluated',
      losses: [undefined, undefined, undefined],
      latest: 1,
      best: 1,
      kept: [0, 1],
    },
    { what: 'minus infinity as the best', losses: ['Infinity', 2, '-Infinity'], latest: 1, best: 1, kept: [0, 2] },
  ]
for (const { what, losses, latest, best, kept } of TABLE) {
  test(`dropped() keeps ${what}`, () => {
    const all = checkpoints(losses)
    const gone = new Set(dropped(all, { keep_latest: latest, keep_best: best }).map(({ id }) => id))
    assert.deepEqual(
      all.filter(({ id }) => !gone.has(id)).map(({ id }) => Number(id)),
      kept,
    )
  })
}

test('dropped() keeps the best by the series that the policy names, greatest where that is best', () => {
  const saved = checkpoints([1, 2, 3, 4]).map((checkpoint, index) => ({
    ...checkpoint,
    metrics: { ...checkpoint.metrics, evaluation_macro_f1: [0.2, 0.9, 0.5, 'NaN'][index]! },
  }))
  const policy = { keep_latest: 1, keep_best: 1, best_by: 'evaluation_macro_f1' } as const
  assert.deepEqual(
    dropped(saved, policy).map(({ id }) => id),
    ['2', '3'],
  )
})

for (const keep_spaced of [1, 4, 7]) {
  test(`dropped() keeps ${keep_spaced} checkpoints at even distances, however long the run becomes`, () => {
    const every_steps = 10
    const policy = { every_steps, keep_latest: 1, keep_best: 0, keep_spaced }
    const [one] = checkpoints([1])
    let kept: Checkpoint[] = []
    for (let step = every_steps; step <= 3_000; step += every_steps) {
      const all = [{ ...one!, id: String(step), step }, ...kept]
      const gone = new Set(dropped(all, policy).map(({ id }) => id))
      kept = all.filter(({ id }) => !gone.has(id))
      assert.ok(kept.length <= keep_spaced + 1, `${kept.length} at step ${step}`)
      const gaps = kept.map((each, at) => each.step - (kept[at + 1]?.step ?? 0))
      assert.ok(
        Math.max(...gaps) <= Math.max(every_steps, (2 * step) / (keep_spaced + 1)),
        `${String(gaps)} at ${step}`,
      )
    }
  })
}
