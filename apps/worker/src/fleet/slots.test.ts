import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Gpu } from '@unroll/contract'
import { Slots, type Slot } from './slots.ts'

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

const occupy = (slots: Slots, job: string, memoryBytes: number, gpus = 1) => slots.occupy(job, { memoryBytes, gpus })
const uuidsOf = (slot: Slot | undefined) => slot?.gpus.map(({ uuid }) => uuid)
/** The GPU of each slot that can train. */
const devicesOf = ({ devices }: Slots) => devices.map(([own]) => own?.uuid)

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
    assert.deepEqual(devicesOf(slotsOf(gpus, count).slots), devices)
  })
}

test('Slots give a job the GPU that it fills best, and tell how much memory is open', () => {
  const { slots } = slotsOf([gpu('large', 80), gpu('small', 16)])
  assert.deepEqual([slots.largestBytes, slots.openBytes], [80 * GIB, [80 * GIB, 16 * GIB]])
  const small = occupy(slots, 'job_1', 10 * GIB)
  const large = occupy(slots, 'job_2', 10 * GIB)
  assert.deepEqual([uuidsOf(small), uuidsOf(large)], [['small'], ['large']])
  assert.deepEqual(slots.openBytes, [])
  assert.equal(occupy(slots, 'job_3', 1), undefined)
  assert.ok(large)
  slots.release(large)
  assert.deepEqual(slots.openBytes, [80 * GIB])
})

test('Slots give no job a GPU that has not the memory it needs', () => {
  const { slots } = slotsOf([gpu('a', 16)])
  assert.equal(occupy(slots, 'job_1', 16 * GIB + 1), undefined)
  assert.deepEqual(uuidsOf(occupy(slots, 'job_1', 16 * GIB)), ['a'])
})

test('Slots keep the memory of models that answer from jobs that start, and give it back', () => {
  const { slots } = slotsOf([], 2)
  slots.reserve(3 * GIB)
  assert.deepEqual([slots.largestBytes, slots.openBytes], [4 * GIB, [GIB]])
  assert.equal(occupy(slots, 'job_1', 2 * GIB), undefined)
  slots.reserve(0)
  assert.ok(occupy(slots, 'job_1', 2 * GIB))
  assert.deepEqual(slots.record().memory_bytes, 4 * GIB)
  slots.reserve(9 * GIB)
  assert.deepEqual(slots.openBytes, [0], 'never less than nothing')
})

test('Slots of one GPU share its memory', () => {
  const { slots } = slotsOf([gpu('a', 16)], 2)
  occupy(slots, 'job_1', 12 * GIB)
  assert.deepEqual(slots.openBytes, [4 * GIB])
  assert.equal(occupy(slots, 'job_2', 5 * GIB), undefined)
  assert.deepEqual(uuidsOf(occupy(slots, 'job_2', 4 * GIB)), ['a'])
})

test('Slots tell of each what a job may need there once it is free: what those beside it leave', () => {
  const { slots } = slotsOf([gpu('a', 16), gpu('b', 8)], 3)
  occupy(slots, 'job_1', 7 * GIB)
  occupy(slots, 'job_2', 12 * GIB)
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
  const lost = occupy(slots, 'job_1', 12 * GIB)
  const kept = occupy(slots, 'job_2', GIB)
  assert.ok(lost && kept)
  read([gpu('a', null, 'GPU is lost'), gpu('b', 8)])
  assert.deepEqual([lost.lost.aborted, kept.lost.aborted], [true, false])
  slots.release(lost)
  assert.deepEqual([devicesOf(slots), slots.openBytes, slots.largestBytes], [['b'], [], 8 * GIB])
  assert.deepEqual(
    slots.record().gpus.map(({ fault }) => fault),
    ['GPU is lost', null],
  )
  read(sound)
  const again = occupy(slots, 'job_3', 12 * GIB)
  assert.deepEqual([uuidsOf(again), again?.lost.aborted], [['a'], false])
})

const FOUR = [gpu('a', 16), gpu('b', 80), gpu('c', 16), gpu('d', 80)]
const SEVERAL: [what: string, gpus: number, gib: number, uuids: string[] | undefined, open: number[]][] = [
  ['the two GPUs that it fills best', 2, 10, ['a', 'c'], [80, 80]],
  ['GPUs that each have the memory', 2, 20, ['b', 'd'], [16, 16]],
  ['all GPUs', 4, 16, ['a', 'c', 'b', 'd'], []],
  ['none where too few have the memory', 3, 20, undefined, [80, 80, 16, 16]],
  ['none where there are not so many', 5, 1, undefined, [80, 80, 16, 16]],
]
for (const [what, gpus, gib, uuids, open] of SEVERAL) {
  test(`Slots give a job that asks for ${gpus} GPUs with ${gib} GiB each ${what}`, () => {
    const { slots } = slotsOf(FOUR)
    assert.deepEqual(uuidsOf(occupy(slots, 'job_1', gib * GIB, gpus)), uuids)
    assert.deepEqual(
      slots.openBytes,
      open.map((each) => each * GIB),
    )
    assert.equal(slots.busy, uuids?.length ?? 0)
    for (const { uuid } of FOUR) assert.equal(slots.jobsOn(uuid), Number(uuids?.includes(uuid) ?? false))
    assert.deepEqual(
      slots.record().slots.flatMap(({ job, gpu: uuid }) => (job === null ? [] : [uuid])),
      uuids?.toSorted() ?? [],
    )
  })
}

test('Slots that share a GPU count as one for a job that asks for two', () => {
  const { slots } = slotsOf([gpu('a', 16), gpu('b', 16)], 3)
  assert.ok(occupy(slots, 'job_1', 4 * GIB))
  assert.deepEqual(slots.openBytes, [16 * GIB, 12 * GIB])
  assert.deepEqual(uuidsOf(occupy(slots, 'job_2', 12 * GIB, 2)), ['a', 'b'])
  assert.equal(slots.busy, 3)
})

test('Slots tell a job of two GPUs that one of them is lost, and free both when it is released', () => {
  const sound = [gpu('a', 16), gpu('b', 16)]
  const { slots, read } = slotsOf(sound)
  const both = occupy(slots, 'job_1', GIB, 2)
  assert.ok(both)
  read([gpu('a', 16), gpu('b', null, 'GPU is lost')])
  assert.equal(both.lost.aborted, true)
  slots.release(both)
  read(sound)
  assert.deepEqual([slots.busy, slots.openBytes], [0, [16 * GIB, 16 * GIB]])
})
