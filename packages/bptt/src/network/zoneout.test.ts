import assert from 'node:assert/strict'
import test from 'node:test'
import type { Layer } from '@unroll/contract'
import { zoneoutMasks, zoneoutShapes } from './zoneout.ts'

const NETWORK = {
  layers: [50, 30].map((hiddenSize, depth): Layer => ({
    name: `layers.${depth}`,
    depth,
    direction: 'forward',
    hiddenSize,
    outputSize: hiddenSize,
    inputSize: [7, 50][depth]!,
  })),
  batchSize: 4,
  zoneout: { h: 0.25, c: 0.6 },
}

const masksAt = (seed: number, update: number, steps = { start: 0, steps: 10 }) =>
  zoneoutMasks(NETWORK, { seed, update }, steps)

test('zoneoutMasks() has a mask for each state that stays, of each layer, whose mean is the probability of the state', () => {
  const masks = masksAt(1, 7)
  const shapes = zoneoutShapes(NETWORK, 10)
  assert.deepEqual(
    masks.map(({ length }) => length),
    shapes.map(([rows, H]) => rows * H),
  )
  assert.deepEqual(shapes, [
    [40, 50],
    [40, 50],
    [40, 30],
    [40, 30],
  ])
  for (const [index, mask] of masks.entries()) {
    const share = mask.reduce((sum, one) => sum + one, 0) / mask.length
    assert.ok(Math.abs(share - [0.25, 0.6][index % 2]!) < 0.05, `${share}`)
    assert.ok(mask.every((one) => one === 0 || one === 1))
  }
})

test('zoneoutMasks() is a function of seed, update, layer, state and step, in whatever parts the steps are drawn', () => {
  assert.deepEqual(masksAt(1, 7), masksAt(1, 7))
  assert.notDeepEqual(masksAt(1, 7), masksAt(1, 8))
  assert.notDeepEqual(masksAt(1, 7), masksAt(2, 7))
  const whole = masksAt(1, 7)
  const later = masksAt(1, 7, { start: 6, steps: 4 })
  assert.deepEqual(
    later,
    whole.map((mask) => mask.slice((6 * mask.length) / 10)),
  )
  const [h, c] = whole
  assert.notDeepEqual(h!.slice(0, 200), h!.slice(200, 400))
  assert.notDeepEqual(h, c)
})

test('zoneoutMasks() is empty without zoneout', () => {
  assert.deepEqual(zoneoutMasks({ ...NETWORK, zoneout: {} }, { seed: 1, update: 1 }, { start: 0, steps: 3 }), [])
})
