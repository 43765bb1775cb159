import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endReason, NO_PROGRESS, progressed } from './ending.ts'

const STOPPING = {
  early_stopping: { patience: 2, min_delta: 0.1, series: 'evaluation_loss' as const },
  target: null,
}

/** The reason after each of the evaluation losses; undefined stands for a step without evaluation. */
function reasons(losses: readonly (number | undefined)[]) {
  let progress = NO_PROGRESS
  return losses.map((loss) => {
    const series = { loss: 1, ...(loss !== undefined && { evaluation_loss: loss }) }
    progress = progressed(STOPPING, progress, series)
    return endReason(STOPPING, progress, series)
  })
}

for (const { what, losses, ends } of [
  { what: 'goes on while the evaluation loss falls', losses: [3, 2, 1, 0.5], ends: undefined },
  { what: 'ends when it has not fallen for `patience` evaluations', losses: [3, 3, 4], ends: 2 },
  { what: 'does not count a fall of min_delta or less', losses: [3, 2.95, 2.9], ends: 2 },
  { what: 'counts NaN as no improvement', losses: [3, Number.NaN, Number.NaN], ends: 2 },
  { what: 'counts evaluations, not steps', losses: [3, undefined, undefined, 3, undefined, 3], ends: 5 },
]) {
  test(`endReason() of early stopping ${what}`, () => {
    const index = reasons(losses).indexOf('early_stopped')
    assert.equal(index === -1 ? undefined : index, ends)
  })
}

for (const { target, value, ends } of [
  { target: { below: 0.5 }, value: 0.4, ends: true },
  { target: { below: 0.5 }, value: 0.5, ends: false },
  { target: { above: 0.9 }, value: 0.95, ends: true },
  { target: { above: 0.9 }, value: Number.NaN, ends: false },
  { target: { above: 0.9 }, value: undefined, ends: false },
]) {
  test(`endReason() of target ${JSON.stringify(target)} at ${value} ${ends ? 'ends' : 'does not end'} the run`, () => {
    const training = { early_stopping: null, target: { series: 'accuracy' as const, ...target } }
    const series: Record<string, number> = value === undefined ? {} : { accuracy: value }
    assert.equal(endReason(training, NO_PROGRESS, series), ends ? 'target_reached' : undefined)
  })
}

test('endReason() of early stopping watches the series that it names, which may be best where it is greatest', () => {
  const training = {
    ...STOPPING,
    early_stopping: { ...STOPPING.early_stopping, series: 'evaluation_accuracy' as const },
  }
  let progress = NO_PROGRESS
  const ends = [0.5, 0.7, 0.75, 0.7].map((accuracy) => {
    const series = { evaluation_accuracy: accuracy, evaluation_loss: 1 }
    progress = progressed(training, progress, series)
    return endReason(training, progress, series)
  })
  assert.deepEqual(ends, [undefined, undefined, undefined, 'early_stopped'])
})

test('endReason() of early stopping waits for an evaluation, though the run came with too many that were stale', () => {
  const stale = { best: 1, stale: 5 }
  assert.equal(endReason(STOPPING, stale, { loss: 1 }), undefined)
  assert.equal(endReason(STOPPING, stale, { loss: 1, evaluation_loss: 1 }), 'early_stopped')
})
