import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '@unroll/store'
import { pino } from 'pino'
import { Registration } from './registration.ts'

test('stop() forgets the worker behind every heartbeat that is under way, and none follows', async () => {
  const said: string[] = []
  const underWay: (() => void)[] = []
  const workers = {
    heartbeat: async () => {
      await new Promise<void>((resolve) => underWay.push(resolve))
      said.push('heartbeat')
      return null
    },
    remove: async () => said.push('remove'),
  }
  const registration = new Registration({ workers } as unknown as Store, pino({ level: 'silent' }), {
    id: 'wrk_00000000000000000000',
    slots: 1,
    memoryBytes: 2 ** 30,
    description: { engine: 'tfjs', device: 'wasm', versions: {} },
  })
  await registration.occupy('job_00000000000000000000', () => Promise.resolve())
  const stopped = registration.stop()
  await registration.occupy('job_00000000000000000001', () => Promise.resolve())
  for (const finish of underWay) finish()
  await stopped
  assert.deepEqual(said, ['heartbeat', 'heartbeat', 'remove'])
})
