// Workers are killed under sessions, again and again: every update that was acknowledged is there, with the bits of a calm run.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, describe, test } from 'node:test'
import { UnrollClient, type BatchRequest, type OptimStep, type SessionRequest } from '@unroll/client'
import { random } from '@unroll/random'
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
    const update = () => client.sessions.optimStep(id, {}, { idempotencyKey: `update ${step}` })
    const [updated, same] = await Promise.all([update(), update()])
    assert.deepEqual([updated.step, updated.loss], [step, loss], 'each acknowledged update counts once')
    assert.deepEqual([same, await update()], [updated, updated], 'the same command again has its answer')
  }
  assert.equal((await client.sessions.get(id)).step, steps)
  return (await client.sessions.save(id)).sha256
}

/** Cuts the connections of Redis over which messages come. @returns how many there were */
async function cutListeners(url: string): Promise<number> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end('CLIENT KILL TYPE PUBSUB\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return Number(/^:(\d+)\r\n$/.exec(answer.toString())?.[1])
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

  test('a command whose API is killed is sent again, and is computed once', async () => {
    const fleet = await startFleet({ workers: 1 })
    fleets.push(fleet)
    await insist(fleet.url, '/readyz')
    const client = new UnrollClient({ baseUrl: fleet.url })
    const [calm, killed] = [await client.sessions.create(SPEC), await client.sessions.create(SPEC)]
    for (let step = 1; step <= 3; step++) {
      await client.sessions.forwardBackward(calm.id, batchOf(step))
      await client.sessions.optimStep(calm.id)
    }
    const expected = await client.sessions.save(calm.id)

    const ask = <Answer>(command: string, body: object, key: string) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      return insist<Answer>(fleet.url, `/v1/sessions/${killed.id}/${command}`, init)
    }
    for (let step = 1; step <= 3; step++) {
      await ask('forward_backward', batchOf(step), `batch ${step}`)
      const update = () => ask<OptimStep>('optim_step', {}, `update ${step}`)
      const first = update()
      fleet.api.signal('SIGKILL')
      const updated = await first
      assert.equal(updated.step, step)
      assert.deepEqual(await update(), updated)
    }
    assert.equal((await ask<{ sha256: string }>('save', {}, 'save')).sha256, expected.sha256)
  })

  test('a message to the worker that is lost costs a second and no command', async () => {
    const fleet = await startFleet({ workers: 1 })
    fleets.push(fleet)
    await insist(fleet.url, '/readyz')
    const client = new UnrollClient({ baseUrl: fleet.url })
    const { id } = await client.sessions.create(SPEC)
    for (let step = 1; step <= 3; step++) {
      await client.sessions.forwardBackward(id, batchOf(step))
      const cut = await cutListeners(fleet.redisUrl)
      assert.ok(cut >= 2, `the API and the worker listen: ${cut} connections were cut`)
      assert.equal((await client.sessions.optimStep(id)).step, step)
    }
  })
})
