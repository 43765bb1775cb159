// Workers are killed under sessions, again and again: every update that was acknowledged is there, with the bits of a calm run.

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { UnrollClient, type BatchRequest, type SessionRequest } from '@unroll/client'
import { random } from '@unroll/random'
import { Redis } from 'ioredis'
import { startFleet, type Fleet } from './fleet.ts'
import { insist } from './patient.ts'

/** Kills at least, of children at a failpoint and of worker processes in turn. */
const KILLS = Number(process.env['UNROLL_SESSION_KILLS'] ?? 4)
/** Updates between two kills. */
const BETWEEN = 8
const [T, N] = [8, 4]
const SPEC: SessionRequest = {
  model: { cell: 'gru', hidden_size: 6, dropout: 0.2, layers: 2 },
  problem: { inputs: 'vectors', input_size: 1, readout: 'identity', output_size: 1, mode: 'many_to_many' },
  sequence_length: T,
  training: { batch_size: N },
}

/** A batch as a function of its number, in two parts of which the second goes on from the states of the first. */
function batchOf(step: number): BatchRequest {
  const draws = random(5, 'batches', step)
  const rows = Array.from({ length: N }, () => Array.from({ length: T }, () => Math.fround(draws.uniform())))
  return { inputs: rows, targets: rows, state: step % 3 === 0 ? 'initial' : 'carried' }
}

/** Trains a session and gives the digest of what it saves. */
async function train(fleet: Fleet, steps: number, onStep: (step: number) => void): Promise<string> {
  await insist(fleet.url, '/readyz')
  const client = new UnrollClient({ baseUrl: fleet.url })
  const { id } = await client.sessions.create(SPEC)
  for (let step = 1; step <= steps; step++) {
    const { loss } = await client.sessions.forwardBackward(id, batchOf(step))
    onStep(step)
    const updated = await client.sessions.optimStep(id)
    assert.deepEqual([updated.step, updated.loss], [step, loss], 'each acknowledged update counts once')
  }
  assert.equal((await client.sessions.get(id)).step, steps)
  return (await client.sessions.save(id)).sha256
}

describe('sessions whose workers are killed', { concurrency: false }, () => {
  const fleets: Fleet[] = []
  after(() => Promise.all(fleets.map((fleet) => fleet.stop())))

  test(`${KILLS} kills cost no acknowledged update, and leave the bits of a calm run`, async (t) => {
    const steps = KILLS * BETWEEN
    const calm = await startFleet({ workers: 1 })
    fleets.push(calm)
    const expected = await train(calm, steps, () => {})
    await calm.stop()
    fleets.length = 0

    const ofChildren = Math.ceil(KILLS / 2)
    const faults = {
      'session.computed': { action: 'kill', every: 2 * BETWEEN + 3, times: ofChildren },
      'session.saved': { action: 'kill', every: 1, times: 1 },
    } as const
    const fleet = await startFleet({ workers: 2, faults })
    fleets.push(fleet)
    let ofWorkers = 0
    const digest = await train(fleet, steps, (step) => {
      if (step % (2 * BETWEEN) !== 0 || ofWorkers >= KILLS - ofChildren) return
      for (const worker of fleet.workers) worker.signal('SIGKILL') // whichever has it
      ofWorkers += 1
    })
    const fired = await fleet.fired()
    const inChildren = [...fired.values()].reduce((sum, count) => sum + count, 0)
    assert.equal(digest, expected)
    assert.ok(ofWorkers + inChildren >= KILLS, `${ofWorkers} workers and ${inChildren} children were killed`)
    t.diagnostic(
      `${steps} updates, ${ofWorkers} times both workers and ${inChildren} children killed: ${digest.slice(0, 12)}`,
    )
  })

  test('a message to the worker that is lost costs a second and no command', async () => {
    const fleet = await startFleet({ workers: 1 })
    fleets.push(fleet)
    await insist(fleet.url, '/readyz')
    const redis = new Redis(fleet.redisUrl)
    try {
      const client = new UnrollClient({ baseUrl: fleet.url })
      const { id } = await client.sessions.create(SPEC)
      for (let step = 1; step <= 3; step++) {
        await client.sessions.forwardBackward(id, batchOf(step))
        const cut = await redis.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
        assert.ok(Number(cut) >= 2, `the API and the worker listen: ${String(cut)} connections were cut`)
        assert.equal((await client.sessions.optimStep(id)).step, step)
      }
    } finally {
      redis.disconnect()
    }
  })
})
