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

for (const { learning_rate, changes } of [
  { learning_rate: 1e-6, changes: { optimizer: { learning_rate: 0.001 } } },
  { learning_rate: 1e-3, changes: { model: { init: { chrono_t_max: 100 } } } },
]) {
  test(`at_chance with adam at ${learning_rate} proposes ${JSON.stringify(changes)}`, () => {
    const spec = specOf({ model: { cell: 'gru' }, optimizer: { type: 'adam', learning_rate } })
    const { proposal } = seenBy(
      atChance,
      spec,
      rows(200, (step) => rowAt(step)),
    )
    assert.deepEqual(proposal?.changes, changes)
  })
}
