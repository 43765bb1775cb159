import { viridis, type Rgb, SHARED_DECADES } from '@unroll/client'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RELATIVE_DECADES, chooseScale, diverging } from './colour_scale.ts'

const PLACES = 64

/** CIE 1976 L*a*b* (D65) of a colour, by other formulas than those it was made by. */
function toLab([red, green, blue]: Rgb): [L: number, a: number, b: number] {
  const [r, g, b] = [red, green, blue].map((byte) => {
    const share = byte / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  const f = (t: number) => (t > 216 / 24_389 ? Math.cbrt(t) : (24_389 / 27 / 116) * t + 16 / 116)
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b)
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

for (const [name, colour, from] of [
  ['viridis', viridis, 0],
  ['the upper half of the diverging scale', diverging, 0.5],
] as const) {
  test(`equal steps on ${name} look about equally large`, () => {
    const labs = Array.from({ length: PLACES + 1 }, (_, at) => toLab(colour(from + ((1 - from) * at) / PLACES)))
    const lightness = labs.slice(1).map(([L], at) => Math.abs(L - labs[at]![0]))
    const mean = lightness.reduce((sum, step) => sum + step, 0) / lightness.length
    assert.equal(lightness.length, PLACES)
    for (const step of lightness) assert.ok(step > 0.35 * mean && step < 1.9 * mean, `${step} of ${mean}`)
  })
}

test('the diverging scale is white in the middle, as dark at one end as at the other, and blue below', () => {
  const [low, middle, high] = [diverging(0), diverging(0.5), diverging(1)]
  assert.ok(Math.min(...middle) > 240, String(middle))
  assert.ok(Math.abs(toLab(low)[0] - toLab(high)[0]) < 4)
  assert.ok(low[2] > low[0] && high[0] > high[2], `${low} ${high}`)
})

test('a scale is the same for all runs unless it is asked to be of one', () => {
  const own = { min: -3, max: -1 }
  assert.deepEqual(chooseScale('shared', own).decades, SHARED_DECADES)
  assert.deepEqual(chooseScale('run', own).decades, own)
  assert.deepEqual(chooseScale('run', null).decades, SHARED_DECADES)
  assert.deepEqual(chooseScale('relative', own).decades, RELATIVE_DECADES)
})
