import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Gpu } from '@unroll/spec'
import { Slots } from './slots.ts'

const GIB = 2 ** 30
const gpu = (uuid: string, gib: number | null, fault: string | null = null): Gpu => ({
  uuid,
  name: 'NVIDIA A40',
  driver: '550.127.05',
  memory_bytes: gib === null ? null : gib * GIB,
  memory_used_bytes: 0,
  utilization: 0,
  temperature_celsius: 30,
  fault,
})

/** Slots whose jobs are computed on these GPUs. */
function slotsOf(gpus: readonly Gpu[], count?: number, mostBytes?: number) {
  const inventory = { gpus }
  const slots = new Slots({ inventory, count })
  slots.limit({ onGpu: gpus.length > 0, processBytes: 4 * GIB, mostBytes })
  const read = (now: readonly Gpu[]) => {
    inventory.gpus = now
    slots.check()
  }
  return { slots, read }
}

const DEVICES: [what: string, gpus: readonly Gpu[], count: number | undefined, devices: (string | undefined)[]][] = [
  ['one without a GPU', [], undefined, [undefined]],
  ['as many as were asked for without a GPU', [], 2, [undefined, undefined]],
  ['one a GPU', [gpu('a', 8), gpu('b', 8)], undefined, ['a', 'b']],
  ['several a GPU, in turns', [gpu('a', 8), gpu('b', 8)], 3, ['a', 'b', 'a']],
  ['fewer than GPUs, on those that are sound', [gpu('a', 8, 'GPU is lost'), gpu('b', 8), gpu('c', 8)], 2, ['b', 'c']],
  ['none that can train where every GPU is lost', [gpu('a', 8, 'GPU is lost')], undefined, []],
]
for (const [what, gpus, count, devices] of DEVICES) {
  test(`Slots are ${what}`, () => {
    assert.deepEqual(slotsOf(gpus, count).slots.devices, devices)
  })
}

test('Slots give a job the GPU that it fills best, and tell how much memory is open', () => {
  const { slots } = slotsOf([gpu('large', 80), gpu('small', 16)])
  assert.deepEqual([slots.largestBytes, slots.openBytes], [80 * GIB, 80 * GIB])
  const small = slots.occupy('job_1', 10 * GIB)
  const large = slots.occupy('job_2', 10 * GIB)
  assert.deepEqual([small?.gpu, large?.gpu], ['small', 'large'])
  assert.equal(slots.openBytes, -1)
  assert.equal(slots.occupy('job_3', 1), undefined)
  assert.ok(large)
  slots.release(large)
  assert.equal(slots.openBytes, 80 * GIB)
})

test('Slots give no job a GPU that has not the memory it needs', () => {
  const { slots } = slotsOf([gpu('a', 16)])
  assert.equal(slots.occupy('job_1', 16 * GIB + 1), undefined)
  assert.equal(slots.occupy('job_1', 16 * GIB)?.gpu, 'a')
})

test('Slots of one GPU share its memory', () => {
  const { slots } = slotsOf([gpu('a', 16)], 2)
  slots.occupy('job_1', 12 * GIB)
  assert.equal(slots.openBytes, 4 * GIB)
  assert.equal(slots.occupy('job_2', 5 * GIB), undefined)
  assert.equal(slots.occupy('job_2', 4 * GIB)?.gpu, 'a')
})

test('Slots tell of each what a job may need there once it is free: what those beside it leave', () => {
  const { slots } = slotsOf([gpu('a', 16), gpu('b', 8)], 3)
  slots.occupy('job_1', 7 * GIB)
  slots.occupy('job_2', 12 * GIB)
  assert.deepEqual(slots.record().slots, [
    { job: 'job_2', memory_bytes: 16 * GIB, gpu: 'a' },
    { job: 'job_1', memory_bytes: 8 * GIB, gpu: 'b' },
    { job: null, memory_bytes: 4 * GIB, gpu: 'a' },
  ])
  assert.deepEqual(
    slotsOf([], 2)
      .slots.record()
      .slots.map((slot) => slot.memory_bytes),
    [4 * GIB, 4 * GIB],
  )
})

test('Slots bound a job by what the operator allows, and a GPU without memory of its own by that of the process', () => {
  assert.equal(slotsOf([gpu('a', 16)], undefined, 2 * GIB).slots.largestBytes, 2 * GIB)
  assert.equal(slotsOf([gpu('a', null)]).slots.largestBytes, 4 * GIB)
  assert.equal(slotsOf([], 1, 2 * GIB).slots.largestBytes, 2 * GIB)
  assert.equal(slotsOf([], 1).slots.largestBytes, 4 * GIB)
})

test('Slots of a GPU that is lost tell the job in hand, take no other, and take jobs again once it is back', () => {
  const sound = [gpu('a', 16), gpu('b', 8)]
  const { slots, read } = slotsOf(sound)
  const lost = slots.occupy('job_1', 12 * GIB)
  const kept = slots.occupy('job_2', GIB)
  assert.ok(lost && kept)
  read([gpu('a', null, 'GPU is lost'), gpu('b', 8)])
  assert.deepEqual([lost.lost.aborted, kept.lost.aborted], [true, false])
  slots.release(lost)
  assert.deepEqual([slots.devices, slots.openBytes, slots.largestBytes], [['b'], -1, 8 * GIB])
  assert.deepEqual(
    slots.record().gpus.map(({ fault }) => fault),
    ['GPU is lost', null],
  )
  read(sound)
  const again = slots.occupy('job_3', 12 * GIB)
  assert.deepEqual([again?.gpu, again?.lost.aborted], ['a', false])
})
