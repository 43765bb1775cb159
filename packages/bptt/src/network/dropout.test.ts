import assert from 'node:assert/strict'
import test from 'node:test'
import type { Layer } from '@unroll/contract'
import { dropoutMasks } from './dropout.ts'

const NETWORK = {
  layers: [50, 30, 20].map((hiddenSize, depth): Layer => ({
    name: `layers.${depth}`,
    depth,
    direction: 'forward',
    hiddenSize,
    outputSize: hiddenSize,
    inputSize: [7, 50, 30][depth]!,
  })),
  batchSize: 40,
  dropout: 0.25,
  recurrentDropout: 0,
}

test('dropoutMasks() has a mask for each layer but the top, whose mean is about 1', () => {
  const masks = dropoutMasks(NETWORK, 1, 7)
  assert.deepEqual(
    masks.map(({ length }) => length),
    [40 * 50, 40 * 30],
  )
  for (const mask of masks) {
    const dropped = mask.filter((unit) => unit === 0).length / mask.length
    assert.ok(Math.abs(dropped - 0.25) < 0.04, `${dropped}`)
    assert.ok(mask.every((unit) => unit === 0 || unit === 1 / 0.75))
  }
})

test('dropoutMasks() is a function of seed, update and layer', () => {
  const masks = (seed: number, update: number) => dropoutMasks(NETWORK, seed, update)
  assert.deepEqual(masks(1, 7), masks(1, 7))
  assert.notDeepEqual(masks(1, 7), masks(1, 8))
  assert.notDeepEqual(masks(1, 7), masks(2, 7))
  assert.notDeepEqual(masks(1, 7)[0], masks(1, 7)[1])
})

test('dropoutMasks() is empty without dropout', () => {
  assert.deepEqual(dropoutMasks({ ...NETWORK, dropout: 0 }, 1, 1), [])
})

test('dropoutMasks() has one mask on what both directions of a layer read, and one for each on what it sees of its own h', () => {
  const layers = NETWORK.layers.flatMap((layer): Layer[] => [
    { ...layer, inputSize: 2 * layer.inputSize },
    { ...layer, inputSize: 2 * layer.inputSize, direction: 'backward' },
  ])
  const masks = dropoutMasks({ ...NETWORK, layers, recurrentDropout: 0.5 }, 1, 7)
  assert.deepEqual(
    masks.map(({ length }) => length / 40),
    [100, 60, 50, 50, 30, 30, 20, 20],
  )
  assert.notDeepEqual(masks[2], masks[3])
})

test('dropoutMasks() has a further mask for each layer with recurrent dropout, and leaves the others as they are', () => {
  const masks = dropoutMasks({ ...NETWORK, recurrentDropout: 0.5 }, 1, 7)
  assert.equal(masks.length, 5)
  assert.deepEqual(masks.slice(0, 2), dropoutMasks(NETWORK, 1, 7))
  for (const mask of masks.slice(2)) {
    const dropped = mask.filter((unit) => unit === 0).length / mask.length
    assert.ok(Math.abs(dropped - 0.5) < 0.04, `${dropped}`)
    assert.ok(mask.every((unit) => unit === 0 || unit === 2))
  }
})
