import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowAt, rows, seenBy, specOf } from '../testing/rows.ts'
import { atChance } from './at_chance.ts'

const CHANCE = 2 / 3

for (const { loss, is } of [
  { loss: CHANCE * 1.1, is: true },
  { loss: CHANCE * 0.91, is: true },
  { loss: CHANCE * 0.89, is: false },
  { loss: Number.NaN, is: true },
]) {
  test(`at_chance: a mean loss of ${loss} where chance is ${CHANCE} ${is ? 'is' : 'is not'} found`, () => {
    const { symptom, proposal } = seenBy(
      atChance,
      specOf(),
      rows(200, (step) => rowAt(step, { loss })),
    )
    assert.equal(symptom !== null, is)
    if (is) assert.deepEqual((proposal?.changes['model'] as { cell: string } | undefined)?.cell, 'lstm')
  })
}

for (const { what, chance, is } of [
  { what: 'is as high', chance: 1.05, is: true },
  { what: 'is far higher', chance: 2, is: false },
  { what: 'is not known, as nothing has a target,', chance: Number.NaN, is: false },
]) {
  test(`at_chance: on a data set whose loss at chance ${what} a loss of 1 ${is ? 'is' : 'is not'} found`, () => {
    const spec = specOf({ data: { dataset: 'ds_0123456789abcdefghij' } })
    const { symptom } = seenBy(
      atChance,
      spec,
      rows(200, (step) => rowAt(step)),
      chance,
    )
    assert.equal(symptom !== null, is)
    if (is) assert.deepEqual(symptom?.figures, { mean_loss: 1, chance_loss: chance })
  })
}

for (const { optimizer, changes } of [
  { optimizer: { type: 'adam', learning_rate: 1e-6 }, changes: { optimizer: { learning_rate: 0.001 } } },
  { optimizer: { type: 'adam', learning_rate: 1e-3 }, changes: { model: { init: { chrono_t_max: 100 } } } },
  { optimizer: { type: 'sgd', learning_rate: 1e-4 }, changes: { optimizer: { learning_rate: 0.06 } } }, // 0.06 × 0.5 = 0.03
  { optimizer: { type: 'momentum', learning_rate: 1e-4 }, changes: { optimizer: { learning_rate: 0.01 } } },
]) {
  test(`at_chance with ${JSON.stringify(optimizer)} proposes ${JSON.stringify(changes)}`, () => {
    const spec = specOf({ model: { cell: 'gru' }, optimizer })
    const { proposal } = seenBy(
      atChance,
      spec,
      rows(200, (step) => rowAt(step)),
    )
    assert.deepEqual(proposal?.changes, changes)
  })
}

for (const { what, from, to, steps, is } of [
  { what: 'falls to 0.97 of chance within the run', from: 1.1, to: 0.97, steps: 800, is: false },
  { what: 'falls to 0.97 of chance, however slowly, within the run', from: 1, to: 0.97, steps: 800, is: false },
  { what: 'falls to 0.97 of chance at the end of the run', from: 1.1, to: 0.97, steps: 1_000, is: true },
  {
    what: 'falls from far above chance and gets below 0.9 of it if it goes on to',
    from: 3,
    to: 1.2,
    steps: 800,
    is: false,
  },
  { what: 'falls so slowly that it ends above 0.9 of chance', from: 1.05, to: 1.01, steps: 800, is: true },
  { what: 'rises', from: 0.97, to: 1.1, steps: 800, is: true },
]) {
  test(`at_chance: a loss that ${what} ${is ? 'is' : 'is not'} found`, () => {
    const loss = (step: number) => CHANCE * (from + ((to - from) * step) / steps)
    const given = rows(steps, (step) => rowAt(step, { loss: loss(step) }))
    assert.equal(seenBy(atChance, specOf(), given).symptom !== null, is)
  })
}

test('at_chance: a loss that falls by no more than its noise is found', () => {
  const noise = (step: number) => (step % 2 === 0 ? 0.3 : -0.3)
  const given = rows(500, (step) => rowAt(step, { loss: CHANCE * (1.1 - 3e-4 * step + noise(step)) }))
  assert.ok(seenBy(atChance, specOf(), given).symptom)
})

test('at_chance: windows of a sequence that have no target do not lower its loss', () => {
  const spec = specOf({
    data: { task: 'delayed_echo', lag: 8 },
    sequence_length: 24,
    bptt: { mode: 'truncated', k1: 4, k2: 4 },
  })
  const chance = Math.LN2
  const windows = (share: number) => (step: number) =>
    rowAt(step, (step - 1) % 6 < 2 ? { loss: 0, grad_norm: 0 } : { loss: share * chance })
  const { symptom, proposal } = seenBy(atChance, spec, rows(600, windows(0.95)))
  assert.ok(Math.abs((symptom?.figures['mean_loss'] ?? 0) / chance - 0.95) < 1e-9)
  assert.deepEqual(proposal?.changes, { bptt: { k2: 24 } })
  assert.equal(seenBy(atChance, spec, rows(600, windows(0.85))).symptom, null)
})

test('at_chance of units that were saturated from the start proposes the default weights first', () => {
  const spec = specOf({ model: { cell: 'rnn', init: { input: 'normal', std: 5 } } })
  const given = rows(200, (step) => rowAt(step, step % 20 === 0 ? { 'saturation/layers.0': 0.01 } : {}))
  const { proposal } = seenBy(atChance, spec, given)
  assert.deepEqual(proposal?.changes, { model: { init: { input: 'glorot_uniform', std: 0.1 } } })
})
