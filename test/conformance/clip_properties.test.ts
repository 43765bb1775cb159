import assert from 'node:assert/strict'
import test from 'node:test'
import {
  clippingStateShapes,
  clipPolicy,
  mapTensors,
  named,
  tensorNorms,
  totalNorm,
  type Program,
  type Tensors,
} from '@unroll/bptt'
import { oracleInterpreter, type Tensor64 } from '@unroll/engines'
import * as fc from 'fast-check'
import { multiplyOut } from './golden/clip.ts'

const { ops, upload, download } = oracleInterpreter()
const SLACK = 1 + 1e-9

const element = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const gradients = fc
  .record({
    W: fc.array(element, { minLength: 12, maxLength: 12 }),
    b: fc.array(element, { minLength: 4, maxLength: 4 }),
  })
  .map(({ W, b }): Tensors<Tensor64> => ({ W: upload([3, 4], W), b: upload([4], b) }))
const threshold = fc.double({ min: 1e-3, max: 1e3, noNaN: true })

function clip(settings: Program['clipping'], g: Tensors<Tensor64>, state: Tensors<Tensor64> = {}) {
  const parameters = mapTensors(g, (x) => ops.add(x, ops.constant(0.1)))
  const norms = tensorNorms(ops, g)
  const norm = totalNorm(ops, norms)
  const clipped = clipPolicy(settings).clip(ops, settings, { gradients: g, parameters, norms, norm, state })
  return { clipped: { ...clipped, gradients: multiplyOut(ops, clipped) }, parameters, norm: numbers(norm)[0]! }
}

function numbers(x: Tensor64): readonly number[] {
  return Array.from(download(x))
}

function flat(tensors: Tensors<Tensor64>): readonly number[] {
  return Object.values(tensors).flatMap(numbers)
}

function length(values: readonly number[]): number {
  const largest = Math.max(...values.map(Math.abs))
  return largest === 0 ? 0 : largest * Math.sqrt(values.reduce((sum, x) => sum + (x / largest) ** 2, 0))
}

/** Asserts that the clipped numbers are the given ones times one factor from 0 to 1. */
function assertDirectionKept(before: readonly number[], after: readonly number[]): void {
  const factor = length(before) === 0 ? 1 : length(after) / length(before)
  assert.ok(factor <= SLACK, `factor ${factor}`)
  for (const [i, x] of before.entries()) {
    assert.ok(Math.abs(after[i]! - factor * x) <= 1e-9 * Math.max(1e-300, length(before)), `element ${i}`)
  }
}

test('clip by norm leaves at most the threshold, keeps the direction and reports what it did', () => {
  fc.assert(
    fc.property(gradients, threshold, (g, limit) => {
      const { clipped, norm } = clip({ policy: 'norm', threshold: limit, nonfinite: 'fail' }, g)
      const after = flat(clipped.gradients)
      assert.ok(length(after) <= limit * SLACK)
      assertDirectionKept(flat(g), after)
      assert.ok(Math.abs(numbers(clipped.norm)[0]! - length(after)) <= 1e-9 * Math.max(1, length(after)))
      assert.equal(numbers(clipped.fraction)[0], Number(norm + 1e-6 > limit))
    }),
  )
})

test('clip by value leaves at most the threshold in each element and others untouched', () => {
  fc.assert(
    fc.property(gradients, threshold, (g, limit) => {
      const { clipped } = clip({ policy: 'value', threshold: limit, nonfinite: 'fail' }, g)
      const before = flat(g)
      const after = flat(clipped.gradients)
      for (const [i, x] of before.entries()) assert.equal(after[i], Math.abs(x) <= limit ? x : Math.sign(x) * limit)
      const share = before.filter((x) => Math.abs(x) > limit).length / before.length
      assert.ok(Math.abs(numbers(clipped.fraction)[0]! - share) < 1e-12)
    }),
  )
})

test('clip by parameter_norm leaves at most the threshold in each tensor and keeps its direction', () => {
  fc.assert(
    fc.property(gradients, threshold, (g, limit) => {
      const { clipped } = clip({ policy: 'parameter_norm', threshold: limit, nonfinite: 'fail' }, g)
      for (const [name, x] of Object.entries(clipped.gradients)) {
        assert.ok(length(numbers(x)) <= limit * SLACK)
        assertDirectionKept(numbers(named(g, name)), numbers(x))
      }
    }),
  )
})

test('adaptive clip leaves each unit at most threshold times the norm of its weights', () => {
  fc.assert(
    fc.property(gradients, threshold, (g, limit) => {
      const { clipped, parameters } = clip(
        { policy: 'adaptive', threshold: limit, epsilon: 1e-3, nonfinite: 'fail' },
        g,
      )
      const columns = (x: Tensor64): readonly (readonly number[])[] => {
        const width = x.shape[1]
        if (width === undefined) return [numbers(x)]
        return Array.from({ length: width }, (_, c) => numbers(x).filter((_value, i) => i % width === c))
      }
      for (const [name, x] of Object.entries(clipped.gradients)) {
        const weights = columns(named(parameters, name))
        for (const [unit, column] of columns(x).entries()) {
          assert.ok(length(column) <= limit * Math.max(1e-3, length(weights[unit]!)) * SLACK)
          assertDirectionKept(columns(named(g, name))[unit]!, column)
        }
      }
    }),
  )
})

test('adaptive clip leaves the read-out as it is where it is told to, and everything else clipped', () => {
  const g = {
    'layers.0.Wx': upload([1, 2], [3, 4]),
    'readout.Wo': upload([1, 2], [5, 6]),
    'readout.bo': upload([1], [7]),
  }
  const settings = { policy: 'adaptive', threshold: 0.01, epsilon: 1e-3, nonfinite: 'fail' } as const
  const [all, some] = [true, false].map((readout) => clip({ ...settings, readout }, g).clipped)
  assert.deepEqual(numbers(named(some!.gradients, 'layers.0.Wx')), numbers(named(all!.gradients, 'layers.0.Wx')))
  assert.ok(numbers(named(some!.gradients, 'layers.0.Wx'))[0]! < 0.1)
  for (const name of ['readout.Wo', 'readout.bo'] as const) {
    assert.deepEqual(numbers(named(some!.gradients, name)), numbers(g[name]))
    assert.ok(numbers(named(all!.gradients, name))[0]! < 0.1)
  }
  assert.deepEqual([...numbers(all!.fraction), ...numbers(some!.fraction)], [1, 1])
})

test('clip by timestep holds each batch row of dh and dc within the threshold', () => {
  fc.assert(
    fc.property(gradients, threshold, fc.constantFrom('norm' as const, 'value' as const), ({ W }, limit, by) => {
      const settings = { policy: 'timestep', threshold: limit, by, nonfinite: 'fail' } as const
      const { d } = clipPolicy(settings).clipTimestep!(settings)(ops, { h: W!, c: ops.scale(W!, 2) })
      for (const x of Object.values(d)) {
        for (const row of [0, 1, 2]) {
          const values = numbers(x).slice(row * 4, row * 4 + 4)
          const size = by === 'norm' ? length(values) : Math.max(...values.map(Math.abs))
          assert.ok(size <= limit * SLACK)
        }
      }
    }),
  )
})

/** A run of updates whose gradients have the given norms: the norm after each, and what is remembered. */
function clipRun(settings: Program['clipping'], norms: readonly number[]) {
  let state = mapTensors(clippingStateShapes(settings), (shape) => ops.zeros(shape))
  return norms.map((norm) => {
    const { clipped } = clip(settings, { g: upload([2], [0.6 * norm, -0.8 * norm]) }, state)
    state = clipped.state
    const after = numbers(clipped.gradients['g']!)
    assertDirectionKept([0.6 * norm, -0.8 * norm], after)
    return { after: length(after), state: mapTensors(clipped.state, (x) => numbers(x)) }
  })
}

const runOfNorms = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 30 })

test('clip by percentile leaves at most the percentile of the newest norms, this one included', () => {
  const window = 10
  fc.assert(
    fc.property(runOfNorms, fc.integer({ min: 1, max: 99 }), (norms, percentile) => {
      const run = clipRun({ policy: 'percentile', percentile, window, nonfinite: 'fail' }, norms)
      for (const [step, norm] of norms.entries()) {
        const seen = norms.slice(Math.max(0, step + 1 - window), step + 1).toSorted((a, b) => a - b)
        const place = (percentile / 100) * (seen.length - 1)
        const [low, high] = [seen[Math.floor(place)]!, seen[Math.ceil(place)]!]
        const limit = low + (place - Math.floor(place)) * (high - low)
        const wanted = norm * Math.min(1, limit / (norm + 1e-6))
        assert.ok(Math.abs(run[step]!.after - wanted) <= 1e-9 * norm, `step ${step}`)
      }
    }),
  )
})

test('clip by zscore scales spikes down as ZClip does, after a warm-up that clips nothing', () => {
  const [z, alpha, warmup] = [2.5, 0.97, 5]
  let spikes = 0
  fc.assert(
    fc.property(runOfNorms, (norms) => {
      const run = clipRun({ policy: 'zscore', z, alpha, warmup_steps: warmup, nonfinite: 'fail' }, norms)
      const first = norms.slice(0, warmup)
      let mean = first.reduce((sum, norm) => sum + norm, 0) / first.length
      let variance = first.reduce((sum, norm) => sum + (norm - mean) ** 2, 0) / first.length
      for (const [step, norm] of norms.entries()) {
        if (step < warmup) {
          assert.equal(run[step]!.after, length([0.6 * norm, -0.8 * norm]))
          continue
        }
        const score = (norm - mean) / (Math.sqrt(variance) + 1e-6)
        const wanted = score > z ? mean + (z * Math.sqrt(variance)) / (score / z) : norm
        spikes += Number(score > z)
        assert.ok(Math.abs(run[step]!.after - wanted) <= 1e-5 * Math.max(1, wanted), `step ${step}`) // divides by n + 1e-6
        mean = alpha * mean + (1 - alpha) * wanted
        variance = alpha * variance + (1 - alpha) * (wanted - mean) ** 2
        const { mean: ownMean, variance: ownVariance } = run[step]!.state
        assert.ok(Math.abs(ownMean![0]! - mean) <= 1e-9 * mean)
        assert.ok(Math.abs(ownVariance![0]! - variance) <= 1e-6 * Math.max(1, variance))
      }
    }),
  )
  assert.ok(spikes > 0)
})
