import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decaying, rowAt, rows, seenBy, specOf } from '../testing/rows.ts'
import { exploding } from './exploding.ts'

const NONE = specOf({ clipping: { policy: 'none', nonfinite: 'skip' } })
const spiky = (step: number) => (step % 50 === 0 ? 500 : 1)

test('exploding: Infinity names step, layer and time step, and proposes to clip by norm', () => {
  const bad = { loss: Infinity, grad_norm: Number.NaN, first_nonfinite_layer: 1, first_nonfinite_timestep: 42 }
  const { symptom, proposal } = seenBy(exploding, NONE, [...rows(9, (step) => rowAt(step)), rowAt(10, bad)])
  assert.deepEqual([symptom?.layer, symptom?.timestep, symptom?.toStep], [1, 42, 10])
  assert.equal(symptom?.figures['loss'], Infinity)
  assert.deepEqual(proposal?.changes, { clipping: { policy: 'norm', threshold: 1 } })
})

test('exploding: where the flow was not observed at the step, the place is where it was largest before', () => {
  const { symptom } = seenBy(exploding, NONE, [rowAt(1, {}, decaying(1.5)), rowAt(2, { loss: Number.NaN })])
  assert.deepEqual([symptom?.layer, symptom?.timestep], [0, 1])
  assert.ok(Math.abs((symptom?.figures['local_ratio'] ?? 0) - 1.5) < 1e-4)
})

test('exploding: what is not finite at the first step is not mended by clipping, but by weights of radius 1', () => {
  const wild = specOf({ model: { cell: 'rnn', init: { spectral_radius: 3 } }, clipping: { policy: 'none' } })
  const { proposal } = seenBy(exploding, wild, [rowAt(1, { loss: Infinity })])
  assert.deepEqual(proposal?.changes, { model: { init: { spectral_radius: 1 } } })
})

test('exploding: where radius and clipping are right already, it proposes a tenth of the learning rate', () => {
  const spec = specOf({
    model: { cell: 'rnn', init: { spectral_radius: 1 } },
    clipping: { policy: 'norm', threshold: 1 },
  })
  const { proposal } = seenBy(exploding, spec, [rowAt(1), rowAt(2, { loss: Number.NaN })])
  assert.deepEqual(proposal?.changes, { optimizer: { learning_rate: 0.0001 } })
})

for (const { optimizer, changes } of [
  { optimizer: { type: 'sgd', learning_rate: 0.01 }, changes: { clipping: { policy: 'norm', threshold: 1 } } },
  { optimizer: { type: 'sgd', learning_rate: 1 }, changes: { clipping: { policy: 'norm', threshold: 0.1 } } },
  {
    optimizer: { type: 'momentum', learning_rate: 0.1, momentum: 0.9 },
    changes: { clipping: { policy: 'norm', threshold: 0.1 } },
  },
  { optimizer: { type: 'adam', learning_rate: 1 }, changes: { optimizer: { learning_rate: 0.003 } } },
]) {
  test(`exploding with ${JSON.stringify(optimizer)} proposes an update that moves the weights little: ${JSON.stringify(changes)}`, () => {
    const spec = specOf({ clipping: { policy: 'none', nonfinite: 'skip' }, optimizer })
    const { proposal } = seenBy(exploding, spec, [rowAt(1), rowAt(2, { loss: Infinity })])
    assert.deepEqual(proposal?.changes, changes)
  })
}

test('exploding of weights that were given a radius above 1 proposes one of 1, and clipping where there is none', () => {
  const spec = specOf({ model: { cell: 'rnn', init: { spectral_radius: 1.5 } }, clipping: { policy: 'none' } })
  const { proposal } = seenBy(exploding, spec, [rowAt(1), rowAt(2, { loss: Infinity })])
  assert.deepEqual(proposal?.changes, {
    model: { init: { spectral_radius: 1 } },
    clipping: { policy: 'norm', threshold: 1 },
  })
})

for (const { what, ratio, norm, is } of [
  { what: 'a flow that grows a little and a spiky norm', ratio: 1.09, norm: spiky, is: true },
  { what: 'a flow that grows a little alone', ratio: 1.09, norm: () => 1, is: false },
  { what: 'a flow that grows to 1e4 alone', ratio: 1.1, norm: () => 1, is: true },
  { what: 'a spiky norm alone', ratio: 0.9, norm: spiky, is: false },
]) {
  test(`exploding: ${what} ${is ? 'is' : 'is not'} found`, () => {
    const row = (step: number) => rowAt(step, { grad_norm: norm(step) }, step % 10 === 0 ? decaying(ratio) : undefined)
    assert.equal(seenBy(exploding, NONE, rows(100, row)).symptom !== null, is)
    assert.equal(seenBy(exploding, NONE, rows(19, row)).symptom, null, 'too few observations')
  })
}

for (const { loss, is } of [
  { loss: 0.85, is: true }, // of 2/3 at chance
  { loss: 0.5, is: false },
]) {
  test(`exploding: a flow that grows and a spiky norm at a loss of ${loss} ${is ? 'are' : 'are not'} found: learning begins with both`, () => {
    const row = (step: number) =>
      rowAt(step, { loss, grad_norm: spiky(step) }, step % 10 === 0 ? decaying(1.1) : undefined)
    assert.equal(seenBy(exploding, NONE, rows(100, row)).symptom !== null, is)
  })
}

test('exploding: where clipping bounds the norm of every update, spikes of a flow that grows a little are not found', () => {
  const row = (step: number) => rowAt(step, { grad_norm: spiky(step) }, step % 10 === 0 ? decaying(1.09) : undefined)
  for (const [clipping, is] of [
    [{ policy: 'norm', threshold: 1 }, false],
    [{ policy: 'percentile' }, false],
    [{ policy: 'timestep', threshold: 1 }, true],
    [{ policy: 'none' }, true],
  ] as const)
    assert.equal(seenBy(exploding, specOf({ clipping }), rows(100, row)).symptom !== null, is, clipping.policy)
})

for (const { what, loss, is } of [
  { what: 'that stays at 20 times the loss at chance', loss: () => 20, is: true },
  { what: 'that stays at 5 times the loss at chance', loss: () => 5, is: false },
  { what: 'with spikes', loss: (step: number) => (step % 3 === 0 ? 100 : 1), is: false },
]) {
  test(`exploding: a finite loss ${what} ${is ? 'is' : 'is not'} found: a constant answer would be better`, () => {
    const given = rows(50, (step) => rowAt(step, { loss: (2 / 3) * loss(step) }))
    assert.equal(seenBy(exploding, NONE, given).symptom !== null, is)
  })
}

test('exploding: Infinity is forgotten after 1,001 rows', () => {
  const given = rows(1_002, (step) => rowAt(step, step === 1 ? { loss: Infinity } : {}))
  assert.ok(seenBy(exploding, NONE, given.slice(0, 1_001)).symptom)
  assert.equal(seenBy(exploding, NONE, given).symptom, null)
})
