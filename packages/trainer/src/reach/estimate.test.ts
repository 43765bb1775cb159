import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseReach, type LagNorms } from './estimate.ts'

const T = 60

/** A gradient that is a number, β^k at lag k: what reaches one state is a share of what reaches the next. */
function decaying(beta: number, steps = T): LagNorms {
  const each = Float64Array.from({ length: steps }, (_, k) => beta ** k)
  return { each, together: each.map((_, k) => each.subarray(0, k + 1).reduce((sum, norm) => sum + norm, 0)) }
}

interface Case {
  readonly beta: number
  readonly bound: number
  readonly k1: number
  readonly isEndless: boolean
}

const CASES: readonly Case[] = [0.5, 0.8, 0.9, 0.95, 1].flatMap((beta) =>
  [0.01, 0.1, 0.5].flatMap((bound) =>
    [1, 4].flatMap((k1) => [true, false].map((isEndless) => ({ beta, bound, k1, isEndless }))),
  ),
)

/** The relative bias of β^0 + β^1 + …, cut behind k2 terms, as its sums in closed form bound it. */
function boundOf({ beta, isEndless }: Case, k2: number): number {
  if (!isEndless && k2 >= T) return 0
  if (beta === 1) return isEndless ? Infinity : (T - k2) / T
  const end = beta ** T
  if (isEndless) return end < 0.5 ? beta ** k2 / (1 - 2 * end) : Infinity
  return (beta ** k2 - end) / (1 - end)
}

test('chooseReach() of a geometric decay finds its rate, its bound and the least k2 within the bound', (t) => {
  let within = 0
  for (const given of CASES) {
    const { k1, bound } = given
    const found = chooseReach(decaying(given.beta), { ...given, most: T, losses: 1 })
    const k2s = Array.from({ length: T / k1 }, (_, n) => (n + 1) * k1)
    const k2 = k2s.find((each) => boundOf(given, each) <= bound * (1 + 1e-9)) ?? T
    assert.equal(found.k2, k2, JSON.stringify(given))
    assert.ok(Math.abs(found.decay - given.beta) < 1e-12)
    const expected = boundOf(given, k2)
    assert.ok(found.bound === expected || Math.abs(found.bound - expected) < 1e-9, `${found.bound}, not ${expected}`)
    within += Number(k2 < T)
  }
  assert.ok(within > CASES.length / 2)
  t.diagnostic(`${CASES.length} decays, of which ${within} need less than the sequence`)
})

test('chooseReach() of windows with several losses bounds the mean of them, of which the oldest reaches back the least', () => {
  const [beta, k1, bound] = [0.8, 5, 0.2]
  const found = chooseReach(decaying(beta), { k1, bound, most: T, losses: k1, isEndless: false })
  const left = (k2: number) =>
    Array.from({ length: k1 }, (_, j) => beta ** (k2 - j) - beta ** T).reduce((a, b) => a + b, 0) / k1 / (1 - beta ** T)
  assert.ok(left(found.k2) <= bound && left(found.k2 - k1) > bound)
  assert.ok(Math.abs(found.bound - left(found.k2)) < 1e-12)
})

test('chooseReach() takes the largest k2 of gradients that contradict each other so much that nothing is known of their sum', () => {
  const { each } = decaying(0.9)
  const found = chooseReach(
    { each, together: each.map((_, k) => each[k]!) },
    { k1: 2, bound: 0.1, most: 20, losses: 1, isEndless: true },
  )
  assert.deepEqual([found.k2, found.bound], [20, Infinity])
})

/** Norms for which no bound is known, or no more than one state is reached. */
const EDGES: readonly [what: string, each: number[], k2: number, decay: number][] = [
  ['gradients that are not finite', [1, 2, NaN, Infinity], 4, NaN],
  ['gradients that are exactly 0', [0, 0, 0, 0], 4, 0],
  ['a gradient that reaches the last state alone', [1, 0, 0, 0], 1, 0],
  ['a sequence of one step', [3], 1, 0],
  ['sequences shorter than k2 may be', [1, 1e-3, 1e-6, 1e-9], 1, 1e-3],
]

for (const [what, each, k2, decay] of EDGES)
  test(`chooseReach() of ${what} gives ${k2}`, () => {
    const norms = Float64Array.from(each)
    const most = each.length === 1 ? 1 : 4
    const found = chooseReach(
      { each: norms, together: norms.map((_, k) => norms.subarray(0, k + 1).reduce((a, b) => a + b, 0)) },
      { k1: 1, bound: 0.1, most, losses: 1, isEndless: true },
    )
    assert.equal(found.k2, k2)
    assert.ok(Number.isNaN(decay) ? Number.isNaN(found.decay) : Math.abs(found.decay - decay) < 1e-12)
  })
