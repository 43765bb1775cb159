import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch, Network } from '@unroll/bptt'
import { answeredBatch, chunkBatch, countTargets } from './batch.ts'
import { stepMask } from './step_mask.ts'

const [N, T] = [2, 4]

function networkOf(changes: Partial<Network>): Network {
  return { mode: 'many_to_many', batchSize: N, readout: { kind: 'softmax', size: 9 }, ...changes } as Network
}

/** Ids that tell step and row: 10t + n. */
function idsOf(steps: number): Int32Array {
  return Int32Array.from({ length: steps * N }, (_, i) => 10 * Math.floor(i / N) + (i % N))
}

const BATCH: Batch = { steps: T, inputs: idsOf(T), targets: idsOf(T) }

test('stepMask() is 1 up to the last step of each row, but at the steps that are left out', () => {
  assert.deepEqual([...stepMask({ ...BATCH, lengths: Int32Array.of(3, 1) })], [1, 1, 1, 0, 1, 0, 0, 0])
  const mask = Uint8Array.of(1, 1, 0, 1, 1, 0, 1, 1)
  assert.deepEqual([...stepMask({ ...BATCH, lengths: Int32Array.of(3, 1), mask })], [1, 1, 0, 0, 1, 0, 0, 0])
  assert.deepEqual([...stepMask({ ...BATCH, mask })], [...mask])
})

test('answeredBatch() has the targets of the newest steps', () => {
  assert.deepEqual([...answeredBatch(networkOf({}), BATCH, 2).targets], [20, 21, 30, 31])
})

test('answeredBatch() has no target where the sequence of a row has ended', () => {
  const lengths = Int32Array.of(3, 1)
  assert.deepEqual([...answeredBatch(networkOf({}), { ...BATCH, lengths }, 4).targets], [0, 1, 10, -1, 20, -1, -1, -1])
  const readout = { kind: 'identity', size: 2 } as const
  const targets = Float32Array.from({ length: T * N * 2 }, (_, i) => i)
  const numbers = answeredBatch(networkOf({ readout }), { ...BATCH, targets, lengths }, 2).targets
  assert.deepEqual([...numbers], [8, 9, NaN, NaN, NaN, NaN, NaN, NaN])
})

test('answeredBatch() has no target at a step that a row leaves out', () => {
  const mask = Uint8Array.of(1, 1, 1, 0, 0, 1, 1, 1)
  assert.deepEqual([...answeredBatch(networkOf({}), { ...BATCH, mask }, 3).targets], [10, -1, -1, 21, 30, 31])
})

test('answeredBatch() of many to one has the only targets, whatever the lengths', () => {
  const batch = { ...BATCH, targets: Int32Array.of(7, 8), lengths: Int32Array.of(3, 1) }
  assert.deepEqual([...answeredBatch(networkOf({ mode: 'many_to_one' }), batch, 4).targets], [7, 8])
})

test('countTargets() counts class ids from 0, and numbers that are finite', () => {
  assert.equal(countTargets(networkOf({}), Int32Array.of(0, -1, 3)), 2)
  assert.equal(countTargets(networkOf({ readout: { kind: 'sigmoid', size: 1 } }), Float32Array.of(0, NaN, 1, 0)), 3)
})

test('chunkBatch() has the steps of a chunk and what is left of the lengths', () => {
  const mask = Uint8Array.of(1, 0, 1, 1, 1, 1, 1, 1)
  const answered = answeredBatch(networkOf({}), { ...BATCH, mask, lengths: Int32Array.of(4, 2) }, 2)
  const older = chunkBatch(networkOf({}), answered, { start: 0, steps: 2, answered: 0 })
  const newer = chunkBatch(networkOf({}), answered, { start: 2, steps: 2, answered: 2 })
  assert.deepEqual([...older.batch.inputs], [0, 1, 10, 11])
  assert.deepEqual([...older.targets], [])
  assert.deepEqual([...older.batch.lengths!], [2, 2])
  assert.deepEqual(
    [older, newer].map(({ batch }) => [...batch.mask!]),
    [
      [1, 0, 1, 1],
      [1, 1, 1, 1],
    ],
  )
  assert.deepEqual([...newer.batch.inputs], [20, 21, 30, 31])
  assert.deepEqual([...newer.targets], [20, -1, 30, -1])
  assert.deepEqual([...newer.batch.lengths!], [2, 0])
})
