import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitProbe, toPhi } from './probe_fit.ts'

const line = (beta: number, T: number) => Float32Array.from({ length: T }, (_, k) => k * Math.log10(beta))

for (const { beta, T, horizon } of [
  { beta: 0.5, T: 60, horizon: 7 },
  { beta: 0.9, T: 100, horizon: 44 },
  { beta: 0.99, T: 600, horizon: 459 },
  { beta: 0.99, T: 100, horizon: null },
  { beta: 1.5, T: 50, horizon: null },
]) {
  test(`fitProbe() of φ(k) = ${beta}^k over ${T} steps finds β and horizon ${horizon}`, () => {
    const fit = fitProbe(line(beta, T))
    assert.ok(Math.abs((fit.beta ?? 0) / beta - 1) < 1e-6, `${fit.beta}`)
    assert.deepEqual([fit.horizon, fit.reach], [horizon, horizon === null ? 'whole_window' : 'ends'])
  })
}

test('fitProbe() fits what float32 holds, and an exact zero is below every ε', () => {
  const phi = line(0.1, 60).map((value, k) => (k > 40 ? -Infinity : value))
  assert.ok(Math.abs((fitProbe(phi).beta ?? 0) - 0.1) < 1e-6)
  assert.deepEqual(fitProbe(Float32Array.of(0, -Infinity, -Infinity)), { beta: 0, horizon: 1, reach: 'ends' })
})

for (const { what, phi, reach } of [
  { what: 'nothing', phi: [], reach: 'not_finite' },
  { what: 'one step', phi: [1], reach: 'whole_window' },
  { what: 'NaN', phi: [Number.NaN, Number.NaN, Number.NaN], reach: 'not_finite' },
  { what: 'Infinity', phi: [Infinity, 1, 0], reach: 'not_finite' },
  { what: 'zero from the start', phi: [-Infinity, -Infinity], reach: 'zero' },
]) {
  test(`fitProbe() of ${what} has neither β nor horizon, and says ${reach}`, () => {
    assert.deepEqual(fitProbe(Float32Array.from(phi)), { beta: null, horizon: null, reach })
  })
}

test('toPhi() counts back from the last time step', () => {
  assert.deepEqual([...toPhi(Float32Array.of(1, 2, 3))], [3, 2, 1])
})

for (const { phi, horizon, reach } of [
  { phi: [0, -1, Number.NaN, -5], horizon: null, reach: 'not_finite' },
  { phi: [0, -1, Infinity, 1], horizon: null, reach: 'not_finite' },
  { phi: [0, -3, Number.NaN, Number.NaN], horizon: 1, reach: 'ends' },
]) {
  test(`fitProbe() of log₁₀ φ = ${phi.join(', ')} has horizon ${horizon}: ${reach}`, () => {
    const fit = fitProbe(Float32Array.from(phi))
    assert.deepEqual([fit.horizon, fit.reach], [horizon, reach])
  })
}
