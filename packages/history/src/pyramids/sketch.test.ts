import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SKETCH_ACCURACY, Sketch } from './sketch.ts'

const SHARES = [0, 0.01, 0.25, 0.5, 0.75, 0.99, 1]

function nearestRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  return SHARES.map((share) => sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? NaN)
}

test('quantiles() are those of all values, to 1 % of each, whatever the values', () => {
  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 500 })
  fc.assert(
    fc.property(values, (all) => {
      const sketch = new Sketch()
      for (const value of all) sketch.add(value)
      const found = Sketch.decode(JSON.parse(JSON.stringify(sketch.encode())) as number[]).quantiles(SHARES)
      for (const [at, exact] of nearestRanks(all).entries())
        assert.ok(isNear(found[at] ?? NaN, exact), `${found[at]} for ${exact}`)
    }),
    { examples: [[[5e-324]], [[Number.MAX_VALUE, -Number.MAX_VALUE]], [[0, -0, 1, -1]]] },
  )
})

/** The least doubles are so few that some have no other within 1 %; the greatest have Infinity beyond them. */
function isNear(found: number, exact: number): boolean {
  if (found === exact || Math.abs(exact) < 1e-306) return Math.abs(found - exact) < 1e-306
  if (Math.abs(exact) > 1.77e308) return Math.sign(found) === Math.sign(exact)
  return Math.abs(found - exact) <= Math.abs(exact) * SKETCH_ACCURACY * (1 + 1e-6)
}

test('quantiles() of no value are NaN', () => {
  assert.deepEqual(new Sketch().quantiles([0.5, 0.9]), [NaN, NaN])
})
