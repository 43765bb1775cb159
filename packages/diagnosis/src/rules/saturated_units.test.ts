import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowAt, seenBy, specOf } from '../testing/rows.ts'
import { saturatedUnits } from './saturated_units.ts'

const gauged = (name: string, ...values: number[]) => values.map((value, at) => rowAt(at + 1, { [name]: value }))

test('saturated_units names the layer, and proposes to learn more slowly where training brought it', () => {
  const spec = specOf({ model: { cell: 'rnn', layers: 2 } })
  const { symptom, proposal } = seenBy(saturatedUnits, spec, gauged('saturation/layers.1', 0.4, 0.04, 0.01))
  assert.deepEqual([symptom?.layer, symptom?.fromStep, symptom?.toStep], [1, 2, 3])
  assert.equal(symptom?.figures['saturation/layers.1'], 0.01)
  assert.deepEqual(proposal?.changes, { optimizer: { learning_rate: 0.0001 } })
})

test('saturated_units counts each direction of a bidirectional network', () => {
  const spec = specOf({ model: { cell: 'lstm', layers: 2, bidirectional: true } })
  for (const name of ['saturation/layers.1.backward', 'gate_saturation/layers.1.backward.o'])
    assert.equal(seenBy(saturatedUnits, spec, gauged(name, 0.04, 0.01)).symptom?.layer, 3)
})

test('saturated_units proposes the default weights where units were saturated from the start', () => {
  const spec = specOf({ model: { cell: 'rnn', init: { input: 'normal', std: 5 } } })
  const { proposal } = seenBy(saturatedUnits, spec, gauged('saturation/layers.0', 0.01, 0.01))
  assert.deepEqual(proposal?.changes, { model: { init: { input: 'glorot_uniform', std: 0.1 } } })
})

const LSTM = (init: object) => ({ cell: 'lstm', init })
for (const { what, model, name, values, is } of [
  { what: 'one observation', model: { cell: 'rnn' }, name: 'saturation/layers.0', values: [0.01], is: false },
  { what: 'one of two', model: { cell: 'rnn' }, name: 'saturation/layers.0', values: [0.01, 0.11], is: false },
  { what: 'a gate', model: LSTM({}), name: 'gate_saturation/layers.0.o', values: [0.04, 0.04], is: true },
  { what: 'a gate at 0.1', model: LSTM({}), name: 'gate_saturation/layers.0.o', values: [0.1, 0.1], is: false },
  {
    what: 'a chrono gate',
    model: LSTM({ chrono_t_max: 900 }),
    name: 'gate_saturation/layers.0.f',
    values: [0.01, 0.01],
    is: false,
  },
  {
    what: 'a gate opened by its bias',
    model: LSTM({ forget_bias: 4 }),
    name: 'gate_saturation/layers.0.f',
    values: [0.02, 0.02],
    is: false,
  },
  {
    what: 'a unit without bound',
    model: { cell: 'rnn', activation: 'relu' },
    name: 'saturation/layers.0',
    values: [-2, -2],
    is: false,
  },
  { what: 'the mean of a gate', model: LSTM({}), name: 'gate/layers.0.o', values: [0.01, 0.01], is: false },
]) {
  test(`saturated_units: ${what} ${is ? 'is' : 'is not'} found`, () => {
    assert.equal(seenBy(saturatedUnits, specOf({ model }), gauged(name, ...values)).symptom !== null, is)
  })
}

test('saturated_units are no fault of a run that learns', () => {
  const given = gauged('gate_saturation/layers.0.o', 0.04, 0.01)
  const learning = given.map((row) => ({ ...row, series: { ...row.series, loss: 0.5 } })) // of 2/3 at chance
  assert.ok(seenBy(saturatedUnits, specOf({ model: LSTM({}) }), given).symptom)
  assert.equal(seenBy(saturatedUnits, specOf({ model: LSTM({}) }), learning).symptom, null)
})
