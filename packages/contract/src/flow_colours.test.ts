import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SPECIALS, specialKind, viridis, type Rgb } from './flow_colours.ts'

/** Relative luminance of sRGB (WCAG 2.2). */
function luminance(colour: Rgb): number {
  const [red = 0, green = 0, blue = 0] = colour.map((channel) => (channel / 255) ** 2.2)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

test('viridis() grows lighter all the way from dark to bright', () => {
  const scale = Array.from({ length: 65 }, (_, index) => luminance(viridis(index / 64)))
  assert.ok(scale.every((light, index) => index === 0 || light >= (scale[index - 1] ?? 1)))
  assert.ok((scale[0] ?? 1) < 0.03 && (scale[64] ?? 0) > 0.7)
})

test('viridis() beyond the scale is the colour of its end', () => {
  assert.deepEqual(viridis(-3), viridis(0))
  assert.deepEqual(viridis(7), viridis(1))
})

test('Each special colour is far from the scale and from the other specials', () => {
  const distance = (a: Rgb, b: Rgb) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
  const scale = Array.from({ length: 101 }, (_, index) => viridis(index / 100))
  assert.equal(SPECIALS.length, 3)
  for (const { kind, colour } of SPECIALS) {
    const others = [...scale, ...SPECIALS.filter((special) => special.kind !== kind).map((special) => special.colour)]
    assert.ok(Math.min(...others.map((other) => distance(other, colour))) > 50, `${kind} is too close`)
  }
})

for (const [value, kind] of [
  [Number.NaN, 'nan'],
  [Infinity, 'infinity'],
  [-Infinity, 'zero'],
  [-7.5, undefined],
] as const) {
  test(`specialKind() of ${value} is ${kind}`, () => {
    assert.equal(specialKind(value), kind)
  })
}
