import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { estimate, newId, parseSessionSpec, sessionJob, sessionProblem } from '@unroll/contract'
import type { Store } from '../store.ts'
import { eventually, testStore } from '../testing/fixtures.ts'
import type { SessionCommand } from './commands.ts'
import type { HeldSession } from './leases.ts'

const LOCK_MS = 600
const UPDATE: SessionCommand = { type: 'optim_step', request: {} }
const GRADIENT: SessionCommand = {
  type: 'forward_backward',
  batch: {
    rows: 2,
    steps: 1,
    inputs: Float32Array.of(0.5, -0),
    targets: Int32Array.of(1, -1),
    lengths: Int32Array.of(1, 1),
  },
  state: 'carried',
  flow: false,
}

async function makeSession(store: Store, owner?: string, most?: number): Promise<string> {
  const parsed = parseSessionSpec({
    model: { cell: 'rnn' },
    problem: { inputs: 'vectors', input_size: 1, readout: 'softmax', output_size: 2, mode: 'many_to_one' },
  })
  assert.ok(parsed.ok)
  const { value: spec } = parsed
  const id = newId('session', Date.now(), randomBytes(16))
  const record = { id, object: 'session', name: id, created_at: new Date().toISOString(), spec } as const
  const cost = estimate(sessionJob(spec), sessionProblem(spec.problem))
  await store.sessions.create({ ...record, estimate: cost }, owner, most)
  return id
}

const open = async (t: TestContext): Promise<Store> =>
  (await testStore(t, { timing: { lockMs: LOCK_MS, sessionMs: 700 } })).store

/** Claims what is due, as a worker does. */
async function take(store: Store, id: string): Promise<HeldSession> {
  return await eventually(async () => {
    const due = await store.sessionLeases.listDue()
    return due.includes(id) ? await store.sessionLeases.claim(id) : undefined
  })
}

test('a command reaches whoever holds the session as it was sent, and its answer whoever waits', async (t) => {
  const store = await open(t)
  const id = await makeSession(store)
  assert.deepEqual([(await store.sessions.get(id)).status, await store.sessionLeases.listDue()], ['asleep', []])
  const asked = store.sessions.ask(id, GRADIENT)
  const held = await take(store, id)
  assert.deepEqual([held.epoch, held.checkpoint, held.answered], [1, null, '0-0'])
  assert.equal((await store.sessions.get(id)).status, 'awake')
  const [logged] = await store.sessionLeases.read(id, '0-0')
  assert.deepEqual(logged?.command, GRADIENT)
  assert.ok(logged !== undefined && logged.bytes > 20)
  const answer = { type: 'answered', fields: { loss: 'NaN' } } as const
  assert.ok(await store.sessionLeases.answer(held, logged, { step: 3, answer }))
  assert.deepEqual(await asked, answer)
  assert.equal((await store.sessions.get(id)).step, 3)
  assert.equal(await store.sessionLeases.release(held), 'asleep')
  assert.equal((await store.sessions.get(id)).status, 'asleep')
})

test('a session whose worker is silent is due again, and the writes of that worker are refused', async (t) => {
  const store = await open(t)
  const id = await makeSession(store)
  const asked = store.sessions.ask(id, UPDATE).catch((error: unknown) => error)
  const first = await take(store, id)
  assert.equal(await store.sessionLeases.claim(id), undefined, 'another has it')
  assert.ok(await store.sessionLeases.renew(first))
  const second = await take(store, id)
  assert.equal(second.epoch, 2)
  const [logged] = await store.sessionLeases.read(id, '0-0')
  const answer = { type: 'refused', code: 'NO_GRADIENT', message: '' } as const
  const checkpoint = { key: 'k', sha256: 's', step: 1, entry: logged!.entry }
  assert.equal(await store.sessionLeases.renew(first), false)
  assert.equal(await store.sessionLeases.answer(first, logged!, { step: 1, answer }), false)
  assert.equal(await store.sessionLeases.register(first, checkpoint, 1), undefined)
  assert.equal(await store.sessionLeases.release(first), 'fenced')
  assert.ok(await store.sessionLeases.answer(second, logged!, { step: 1, answer }))
  await asked
})

test('a checkpoint replaces the commands up to its entry, and a command that waits is not left alone', async (t) => {
  const store = await open(t)
  const id = await makeSession(store)
  const asked = [store.sessions.ask(id, GRADIENT), store.sessions.ask(id, UPDATE), store.sessions.ask(id, UPDATE)]
  const ends = Promise.allSettled(asked)
  const held = await take(store, id)
  const logged = await eventually(async () => {
    const all = await store.sessionLeases.read(id, '0-0')
    return all.length === 3 ? all : undefined
  })
  const answer = { type: 'answered', fields: {} } as const
  for (const each of logged.slice(0, 2)) await store.sessionLeases.answer(held, each, { step: 1, answer })
  const checkpoint = { key: 'first', sha256: 's', step: 1, entry: logged[1]!.entry }
  const bytes = logged[0]!.bytes + logged[1]!.bytes
  assert.deepEqual(await store.sessionLeases.register(held, checkpoint, bytes), { before: null })
  assert.deepEqual(await store.sessionLeases.read(id, '0-0'), [logged[2]])
  assert.equal(await store.sessionLeases.release(held), 'waiting')
  const next = await take(store, id)
  assert.deepEqual([next.checkpoint, next.answered], [checkpoint, logged[1]!.entry])
  const later = { ...checkpoint, key: 'second', entry: logged[2]!.entry }
  assert.deepEqual(await store.sessionLeases.register(next, later, 0), { before: checkpoint })
  assert.deepEqual(await store.sessions.findCheckpoint(id), later)
  assert.deepEqual(await store.sessions.delete(id), later)
  assert.equal(await store.sessions.findCheckpoint(id), undefined)
  assert.equal(await store.sessionLeases.renew(next), false)
  await ends
})

test('a session fails whose workers end again and again before they answer', async (t) => {
  const store = await open(t)
  const id = await makeSession(store)
  const asked = store.sessions.ask(id, UPDATE).catch((error: unknown) => error)
  for (let claims = 0; claims < 6; claims++) assert.ok(await take(store, id))
  await eventually(async () => {
    for (const due of await store.sessionLeases.listDue()) await store.sessionLeases.claim(due)
    return (await store.sessions.get(id)).status === 'failed' || undefined
  })
  await asked
  await assert.rejects(store.sessions.ask(id, UPDATE), { code: 'SESSION_FAILED' })
})

test('commands are refused that nobody answers, or of no session, and sessions above the limit of an owner', async (t) => {
  const store = await open(t)
  const id = await makeSession(store, 'team', 1)
  await assert.rejects(store.sessions.ask(id, UPDATE), { code: 'SESSION_TIMEOUT' })
  await assert.rejects(makeSession(store, 'team', 1), { code: 'QUOTA_EXCEEDED' })
  assert.equal(await store.sessions.count('team'), 1)
  await store.sessions.delete(id)
  await makeSession(store, 'team', 1)
  const { ask, get, delete: remove } = store.sessions
  for (const gone of [() => ask(id, UPDATE), () => get(id), () => remove(id)])
    await assert.rejects(gone, { code: 'SESSION_NOT_FOUND' })
})
