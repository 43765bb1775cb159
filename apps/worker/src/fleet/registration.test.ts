import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Worker } from '@unroll/contract'
import type { Store } from '@unroll/store'
import { pino } from 'pino'
import type { EngineDescription } from '../protocol.ts'
import { Registration } from './registration.ts'
import { Slots } from './slots.ts'

const NONE = { gpus: [] }
const NEEDS = { memoryBytes: 0, gpus: 1 }
const WASM: EngineDescription = {
  engine: 'tfjs',
  device: 'wasm',
  versions: { tfjs: '4.22.0' },
  reason: 'Engine "wasm" is the fastest that starts on this machine; Cannot load libtensorflow',
  isFallback: true,
  vectorLanes: null,
}
const NATIVE: EngineDescription = {
  engine: 'tensorflow',
  device: 'cpu',
  versions: { tensorflow: '2.21.0' },
  reason: 'Engine "tensorflow" is the fastest that starts on this machine',
  isFallback: false,
  vectorLanes: 16,
}

function registrationOf(workers: object, slots = new Slots({ inventory: NONE, count: 1 })): Registration {
  const id = 'wrk_00000000000000000000'
  return new Registration({ workers } as unknown as Store, pino({ level: 'silent' }), {
    id,
    slots,
    engine: WASM,
    labels: {},
  })
}

test('stop() forgets the worker behind every heartbeat that is under way, and none follows', async () => {
  const said: string[] = []
  const underWay: (() => void)[] = []
  const registration = registrationOf({
    heartbeat: async () => {
      await new Promise<void>((resolve) => underWay.push(resolve))
      said.push('heartbeat')
      return null
    },
    remove: async () => said.push('remove'),
  })
  await registration.occupy('job_00000000000000000000', NEEDS, () => Promise.resolve())
  const stopped = registration.stop()
  await registration.occupy('job_00000000000000000001', NEEDS, () => Promise.resolve())
  for (const finish of underWay) finish()
  await stopped
  assert.deepEqual(said, ['heartbeat', 'heartbeat', 'remove'])
})

test('a heartbeat says what trains and why, and what trains now where that has changed', async () => {
  const beats: Worker[] = []
  const registration = registrationOf({ heartbeat: async (worker: Worker) => (beats.push(worker), null) })
  registration.describe(WASM)
  assert.equal(beats.length, 0)
  registration.describe(NATIVE)
  const [now] = beats
  assert.deepEqual(
    [
      now?.engine,
      now?.device,
      now?.engine_reason,
      now?.engine_fallback,
      now?.vector_lanes,
      now?.versions['tensorflow'],
    ],
    ['tensorflow', 'cpu', NATIVE.reason, false, 16, '2.21.0'],
  )
  await registration.occupy('job_1', NEEDS, () => Promise.resolve())
  assert.deepEqual(
    beats.slice(1).map(({ slots }) => slots),
    [[{ job: 'job_1', memory_bytes: 0 }], [{ job: null, memory_bytes: 0 }]],
  )
})

test('a worker none of whose GPUs can be trained on is draining, and gives no job a slot', async () => {
  const beats: Worker[] = []
  const gpu = {
    uuid: 'GPU-1',
    name: 'NVIDIA A40',
    driver: '550.127.05',
    memory_bytes: 2 ** 35,
    memory_used_bytes: null,
  }
  const gpus = [{ ...gpu, utilization: null, temperature_celsius: null, fault: 'GPU is lost' }]
  const slots = new Slots({ inventory: { gpus }, count: undefined })
  const heartbeat = async (worker: Worker) => (beats.push(worker), null)
  const registration = registrationOf({ heartbeat, remove: () => Promise.resolve() }, slots)
  await registration.start()
  assert.equal(await registration.occupy('job_1', NEEDS, () => Promise.resolve('done')), 'return')
  assert.deepEqual([beats[0]?.status, beats[0]?.gpus, beats[0]?.memory_bytes], ['draining', gpus, 0])
  await registration.stop()
})
