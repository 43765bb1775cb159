import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeCurve, reachWords } from './probe_curve.ts'

test('probeCurve() has φ(k) with exact zeros, and the line of β', () => {
  const { steps, columns } = probeCurve({
    layer: 0,
    log10_phi: [1, 0, -1, -Infinity],
    beta: 0.1,
    horizon: 3,
    reach: 'ends',
    rounded: 0,
  })
  assert.deepEqual([...steps], [0, 1, 2, 3])
  assert.deepEqual([...(columns.get('phi')?.values ?? [])], [10, 1, 0.1, 0])
  const fit = [...(columns.get('fit')?.values ?? [])]
  assert.ok([10, 1, 0.1, 0.01].every((value, k) => Math.abs((fit[k] ?? 0) / value - 1) < 1e-12))
})

test('probeCurve() has no line where β is not known, or is 0', () => {
  for (const beta of [null, 0])
    assert.equal(
      probeCurve({ layer: 0, log10_phi: [0, -Infinity], beta, horizon: 1, reach: 'ends', rounded: 0 }).columns.has(
        'fit',
      ),
      false,
    )
})

test('probeCurve() lays the line of β among the points, whatever φ(0) is', () => {
  const { columns } = probeCurve({
    layer: 0,
    log10_phi: [3, -1, -1, -1],
    beta: 1,
    horizon: 1,
    reach: 'ends',
    rounded: 0,
  })
  assert.deepEqual([...(columns.get('fit')?.values ?? [])], [1, 1, 1, 1])
})

for (const { reach, horizon, beta, words } of [
  { reach: 'ends', horizon: 3, beta: 0.1, words: 'reaches 3 of 40 steps back, β = 0.1 a step' },
  { reach: 'whole_window', horizon: null, beta: 0.99, words: 'reaches all 40 steps back, β = 0.99 a step' },
  { reach: 'zero', horizon: null, beta: null, words: 'no gradient at all: φ is exactly zero' },
  { reach: 'not_finite', horizon: null, beta: null, words: 'unknown how far it reaches: φ is Inf or NaN' },
] as const) {
  test(`reachWords() of a gradient whose reach is ${reach} says so`, () => {
    assert.equal(reachWords({ layer: 0, log10_phi: [], reach, horizon, beta, rounded: null }, 40), words)
  })
}

for (const { rounded, log10_phi, words } of [
  {
    rounded: 6,
    log10_phi: [0, -9, -Infinity],
    words: '; φ is an exact zero from k = 2 on, as the engine rounds 6 derivatives of saturated units to 0',
  },
  {
    rounded: 0,
    log10_phi: [0, -Infinity, -Infinity],
    words: '; φ is an exact zero from k = 1 on: no path leads further back',
  },
  { rounded: null, log10_phi: [0, -9, -Infinity], words: '' },
  { rounded: 0, log10_phi: [0, -9, -310], words: '' },
]) {
  test(`reachWords() of log φ = ${log10_phi.join(', ')} with ${rounded} rounded derivatives tells where zeros come from`, () => {
    const given = { layer: 0, log10_phi, reach: 'ends', horizon: 1, beta: null, rounded } as const
    assert.equal(reachWords(given, 3), `reaches 1 of 3 steps back, β unknown${words}`)
  })
}

test('probeCurve() draws what is below the range of numbers as the smallest number, and an exact zero as 0', () => {
  const { columns } = probeCurve({
    layer: 0,
    log10_phi: [0, -300, -330, -Infinity],
    beta: null,
    horizon: 1,
    reach: 'ends',
    rounded: 0,
  })
  const [, tiny, tiniest, zero] = columns.get('phi')!.values
  assert.ok(Math.abs(tiny! / 1e-300 - 1) < 1e-9)
  assert.deepEqual([tiniest, zero], [Number.MIN_VALUE, 0])
})
