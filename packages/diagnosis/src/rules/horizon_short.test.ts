import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decaying, rowAt, rows, seenBy, specOf } from '../testing/rows.ts'
import { horizonShort } from './horizon_short.ts'

const flowing = (ratio: number, T = 100) => rows(3, (step) => rowAt(step, {}, decaying(ratio, T)))
const lag = (steps: number) => specOf({ data: { task: 'noise_free_lag', lag: steps } })

// φ(k) = 0.9^k has its horizon at 44.
for (const { steps, is } of [
  { steps: 49, is: true },
  { steps: 48, is: false },
]) {
  test(`horizon_short: a horizon of 44 for a lag of ${steps} ${is ? 'is' : 'is not'} found`, () => {
    const { symptom, proposal } = seenBy(horizonShort, lag(steps), flowing(0.9))
    assert.equal(symptom !== null, is)
    if (!is) return
    assert.deepEqual([symptom?.figures['horizon'], symptom?.figures['lag']], [44, steps])
    assert.deepEqual([symptom?.layer, symptom?.timestep], [0, 56])
    assert.deepEqual(proposal?.changes, {
      // gates that begin open for the whole sequence, as a gradient that vanishes asks for: one proposal for both
      model: { cell: 'lstm', activation: null, init: { chrono_t_max: 100, forget_bias: 1 } },
    })
  })
}

test('horizon_short: the layer that reaches furthest counts', () => {
  const both = rows(3, (step) => rowAt(step, { loss: 0.69 }, [...decaying(0.5), ...decaying(0.99)]))
  assert.equal(seenBy(horizonShort, lag(90), both).symptom, null)
})

test('horizon_short: no lag is known of a network that reads from the end as well', () => {
  const spec = specOf({ model: { cell: 'rnn', bidirectional: true } })
  assert.match(String(horizonShort.from(spec)), /near the answer in the backward direction/)
  assert.equal(seenBy(horizonShort, spec, flowing(0.5)).symptom, null)
})

test('horizon_short: a window of truncated backpropagation below the lag is to be widened', () => {
  const spec = specOf({ bptt: { mode: 'truncated', k1: 20, k2: 40 } })
  const { symptom, proposal } = seenBy(horizonShort, spec, flowing(1, 40))
  assert.deepEqual([symptom?.figures['horizon'], symptom?.figures['lag']], [40, 99])
  assert.deepEqual(proposal?.changes, { bptt: { k2: 100 } })
})

test('horizon_short: with a wider window, gates are to begin open for as long', () => {
  const spec = specOf({ model: { cell: 'gru' }, bptt: { mode: 'truncated', k1: 20, k2: 40 } })
  const { proposal } = seenBy(horizonShort, spec, flowing(1, 40))
  assert.deepEqual(proposal?.changes, { bptt: { k2: 100 }, model: { init: { chrono_t_max: 100 } } })
  assert.match(proposal?.advice ?? '', /100 steps of the sequence.*Begin with gates/)
})

test('horizon_short is looked at after 5 % of a run where the window is too short, with gates too, which no training opens', () => {
  const spec = { model: { cell: 'lstm' }, bptt: { mode: 'truncated', k1: 20 } }
  for (const [k2, from] of [
    [40, 50],
    [100, 500],
  ])
    assert.equal(horizonShort.from(specOf({ ...spec, bptt: { ...spec.bptt, k2 } })), from)
})

test('horizon_short: where the memory cell reaches as far as the lag, that is far enough', () => {
  const spec = specOf({ model: { cell: 'lstm' } })
  const flow = (ofMemory: number) =>
    rows(3, (step) => rowAt(step, {}, [{ ...decaying(0.5)[0]!, c: decaying(ofMemory)[0]!.h }]))
  assert.ok(seenBy(horizonShort, spec, flow(0.9)).symptom)
  assert.equal(seenBy(horizonShort, spec, flow(0.99)).symptom, null)
})

for (const { loss, is } of [
  { loss: 0.7, is: true }, // of ln 2 at chance
  { loss: 1.4, is: false },
]) {
  test(`horizon_short: a short horizon at a loss of ${loss} ${is ? 'is' : 'is not'} found: one far above chance is of weights that are on their way`, () => {
    const given = rows(3, (step) => rowAt(step, { loss }, decaying(0.5)))
    assert.equal(seenBy(horizonShort, lag(60), given).symptom !== null, is)
  })
}

test('horizon_short: a window below the lag is found however little it lacks', () => {
  const spec = specOf({ bptt: { mode: 'truncated', k1: 5, k2: 95 } })
  assert.ok(seenBy(horizonShort, spec, flowing(1, 95)).symptom)
})
