import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decaying, rowAt, rows, seenBy, specOf } from '../testing/rows.ts'
import { vanishing } from './vanishing.ts'

const flowing =
  (ratio: number, more = {}) =>
  (step: number) =>
    rowAt(step, more, decaying(ratio))
const LEAST = 1e-4 ** (1 / 100)

test('vanishing names β, horizon, layer and time step, and proposes a memory cell with open gates', () => {
  const { symptom, proposal } = seenBy(vanishing, specOf(), rows(3, flowing(0.8)))
  assert.ok(Math.abs((symptom?.figures['beta'] ?? 0) - 0.8) < 1e-4)
  assert.deepEqual([symptom?.figures['horizon'], symptom?.layer, symptom?.timestep], [21, 0, 79])
  assert.deepEqual(proposal?.changes, {
    model: { cell: 'lstm', activation: null, init: { chrono_t_max: 100, forget_bias: 1 } },
  })
})

for (const { what, spec, given, is } of [
  { what: 'just below the least', spec: {}, given: rows(3, flowing(LEAST * 0.999)), is: true },
  { what: 'just above the least', spec: {}, given: rows(3, flowing(LEAST * 1.001)), is: false },
  { what: 'in two observations', spec: {}, given: rows(2, flowing(0.5)), is: false },
  { what: 'that has recovered', spec: {}, given: [...rows(3, flowing(0.5)), rowAt(4, {}, decaying(0.99))], is: false },
  { what: 'of a run that learns all the same', spec: {}, given: rows(3, flowing(0.5, { loss: 0.1 })), is: false },
  {
    what: 'of the total flow, where there is a loss at every step',
    spec: { data: { task: 'copy' } },
    given: rows(3, flowing(0.5)),
    is: false,
  },
]) {
  test(`vanishing: a decay ${what} ${is ? 'is' : 'is not'} found`, () => {
    assert.equal(seenBy(vanishing, specOf(spec), given).symptom !== null, is)
  })
}

test('vanishing looks at the probe flow, where it is observed', () => {
  const [shape] = decaying(0.5)
  const own = [{ h: new Float32Array(100), probe: shape?.h ?? new Float32Array() }]
  const row = (step: number) => rowAt(step, { loss: 0.2 }, own) // of 0.21 at chance
  assert.ok(seenBy(vanishing, specOf({ data: { task: 'copy' } }), rows(3, row)).symptom)
})

for (const { model, changes } of [
  { model: { cell: 'gru' }, changes: { chrono_t_max: 100 } },
  { model: { cell: 'lstm', init: { forget_bias: 2 } }, changes: { chrono_t_max: 100, forget_bias: 1 } },
  { model: { cell: 'gru', init: { chrono_t_max: 200 } }, changes: { chrono_t_max: 400 } },
]) {
  test(`vanishing of ${JSON.stringify(model)} proposes gates that are open for longer`, () => {
    const { proposal } = seenBy(vanishing, specOf({ model }), rows(3, flowing(0.5)))
    assert.deepEqual(proposal?.changes, { model: { init: changes } })
  })
}

for (const { activation, changes } of [
  { activation: 'identity', changes: { init: { spectral_radius: 1 } } },
  { activation: 'relu', changes: { init: { spectral_radius: 1 } } },
  {
    activation: 'tanh', // shrinks the gradient itself
    changes: { cell: 'lstm', activation: null, init: { spectral_radius: null, chrono_t_max: 100, forget_bias: 1 } },
  },
]) {
  test(`vanishing with weights of radius 0.5 and ${activation} proposes ${JSON.stringify(changes)}`, () => {
    const spec = specOf({ model: { cell: 'rnn', activation, init: { spectral_radius: 0.5 } } })
    assert.deepEqual(seenBy(vanishing, spec, rows(3, flowing(0.5))).proposal?.changes, { model: changes })
  })
}

test('vanishing of units that were saturated from the start proposes the default weights', () => {
  const spec = specOf({ model: { cell: 'rnn', init: { input: 'normal', std: 5 } } })
  const given = rows(3, (step) => rowAt(step, { 'saturation/layers.0': 0.01 }, decaying(0.5)))
  assert.deepEqual(seenBy(vanishing, spec, given).proposal?.changes, {
    model: { init: { input: 'glorot_uniform', std: 0.1 } },
  })
})

for (const { cell, changes } of [
  { cell: 'rnn', changes: { cell: 'lstm', threshold: 1 } },
  { cell: 'gru', changes: { cell: undefined, threshold: 1 } },
]) {
  test(`vanishing of a ${cell} after the loss has been Inf proposes smaller updates as well: ${JSON.stringify(changes)}`, () => {
    const spec = specOf({ model: { cell }, clipping: { policy: 'none', nonfinite: 'skip' } })
    const given = rows(4, (step) => rowAt(step, step === 2 ? { loss: Infinity } : {}, decaying(0.5)))
    const { clipping, model } = (seenBy(vanishing, spec, given).proposal?.changes ?? {}) as {
      clipping?: { threshold: number }
      model?: { cell: string }
    }
    assert.deepEqual({ cell: model?.cell, threshold: clipping?.threshold }, changes)
  })
}
