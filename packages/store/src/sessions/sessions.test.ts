import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Store } from '../store.ts'
import { eventually, testStore } from '../testing/fixtures.ts'
import { createSession } from '../testing/sessions.ts'
import type { SessionCommand, ToldCommand } from './commands.ts'
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
  const id = await createSession(store)
  assert.deepEqual([(await store.sessions.get(id)).status, await store.sessionLeases.listDue()], ['asleep', []])
  const asked = store.sessions.ask(id, GRADIENT)
  const held = await take(store, id)
  assert.deepEqual([held.epoch, held.checkpoint, held.answered], [1, null, '0-0'])
  assert.equal((await store.sessions.get(id)).status, 'awake')
  const [logged] = await store.sessionLeases.read(id, '0-0')
  assert.deepEqual(logged?.command, GRADIENT)
  assert.ok(logged !== undefined && logged.bytes > 20)
  const answer = { type: 'answered', fields: { loss: 'NaN' } } as const
  assert.ok(
    await store.sessionLeases.answer(held, logged, {
      step: 3,
      answer: JSON.stringify(answer),
      done: 'forward_backward',
    }),
  )
  assert.deepEqual(await asked, { answer, replayed: false })
  assert.equal((await store.sessions.get(id)).step, 3)
  assert.equal(await store.sessionLeases.release(held), 'asleep')
  assert.equal((await store.sessions.get(id)).status, 'asleep')
})

/** A batch of `rows` numbers. */
function batchOf(rows: number): SessionCommand {
  const lengths = new Int32Array(rows).fill(1)
  const inputs = Float32Array.from(lengths, (_, row) => row)
  return { ...GRADIENT, batch: { rows, steps: 1, inputs, targets: lengths, lengths } } as SessionCommand
}

test('a command is sent to whoever holds the session, one that is large is left to be read', async (t) => {
  const store = await open(t)
  const id = await createSession(store)
  const ends = [store.sessions.ask(id, UPDATE).catch(() => {})]
  const held = await take(store, id)
  const [first] = await store.sessionLeases.read(id, '0-0')
  const told: ToldCommand[] = []
  const end = await store.sessionLeases.onCommand(id, (each) => told.push(each))
  for (const command of [GRADIENT, batchOf(2 ** 15), UPDATE]) ends.push(store.sessions.ask(id, command).catch(() => {}))
  await eventually(() => told.length === 3)
  const logged = await store.sessionLeases.read(id, first!.entry)
  const sent = logged.map((each, at) => (at === 1 ? undefined : each))
  assert.deepEqual(
    told.map((each) => each.logged),
    sent,
  )
  assert.deepEqual(
    told.map(({ after }) => after),
    [first, ...logged].slice(0, 3).map((each) => each!.entry),
  )
  end()
  for (const each of [first!, ...logged]) {
    const answer = JSON.stringify({ type: 'answered', fields: { large: 'x'.repeat(2 ** 18) } })
    assert.ok(await store.sessionLeases.answer(held, each, { step: 1, answer, done: null }))
  }
  await Promise.all(ends)
})

/** A session that is held, with an answer to the first command of its log under any name. */
async function holdFirst(store: Store, id: string) {
  const holder = await take(store, id)
  const [logged] = await store.sessionLeases.read(id, '0-0')
  const give = (answer: string, name = logged!.name, mailbox = logged!.mailbox) =>
    store.sessionLeases.answer(holder, { ...logged!, name, mailbox }, { step: 1, answer, done: null })
  return { logged: logged!, give }
}

const ANSWER = { type: 'answered', fields: {} } as const

test('an answer whose message is lost is read, and the newest answers are kept within a bound', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const id = await createSession(store)
  const asked = store.sessions.ask(id, UPDATE)
  const { logged, give } = await holdFirst(store, id)
  assert.ok(await give(JSON.stringify(ANSWER), logged.name, 'of nobody'))
  assert.deepEqual(await asked, { answer: ANSWER, replayed: false })

  const read = () => redis.hgetall(`{${prefix}}:session:${id}:answers`)
  const counts = Array.from({ length: 1002 }, (_, at) => at + 2)
  await Promise.all(counts.map((count) => give('x'.repeat(count), String(count))))
  const kept = await read()
  const names = Array.from({ length: 1000 }, (_, at) => String(at + 4))
  assert.deepEqual(
    [kept['first'], kept['whole'], kept['last'], kept['a:3'], kept['n:3']],
    ['4', '4', '1003', undefined, undefined],
  )
  assert.deepEqual(
    names.map((name) => [kept[`n:${name}`], kept[`a:${name}`]?.length]),
    names.map((name) => [name, Number(name)]),
  )
  assert.equal(kept['bytes'], String(names.reduce((sum, name) => sum + Number(name), 0)))
  await give('x'.repeat(2 ** 21), 'large')
  const { first, whole, last, bytes, 'a:1003': before } = await read()
  assert.deepEqual([first, whole, last, bytes, before], ['5', '1004', '1004', String(2 ** 21), ''])
  await store.sessions.delete(id)
  assert.deepEqual(await read(), {})
})

test('a command with a key is on record once, and its answer is that of the first time', async (t) => {
  const { store, redis, prefix } = await testStore(t)
  const id = await createSession(store)
  const ask = (command: SessionCommand, key = 'k') => store.sessions.ask(id, command, key)
  const save = (weights: string, name?: string) => ask({ type: 'save', weights, name }, 'save')
  const asked = [save('wts_1', 'mine'), save('wts_2', 'mine')]
  const { logged, give } = await holdFirst(store, id)
  await assert.rejects(save('wts_3', 'other'), { code: 'IDEMPOTENCY_KEY_REUSED', message: /key "save" was used/ })
  assert.equal(
    (await store.sessionLeases.read(id, '0-0')).length,
    1,
    'the same file under another id is the same command',
  )
  await give(JSON.stringify(ANSWER))
  const answers = await Promise.all(asked)
  assert.deepEqual(
    answers.map(({ answer }) => answer),
    [ANSWER, ANSWER],
  )
  assert.equal(answers.filter(({ replayed }) => replayed).length, 1)
  assert.deepEqual(await save('wts_4', 'mine'), { answer: ANSWER, replayed: true })
  await give('x'.repeat(2 ** 20), 'large')
  await assert.rejects(save('wts_5', 'mine'), { code: 'IDEMPOTENCY_KEY_SPENT' })
  assert.equal((await store.sessionLeases.read(id, logged.entry)).length, 0)
  const ms = await redis.pttl(`{${prefix}}:session:${id}:answers`)
  assert.ok(ms > 23 * 60 * 60_000 && ms <= 24 * 60 * 60_000, `the keys count for ${ms} ms`)
})

test('a command with a key is the same after the process that asked it has ended', async (t) => {
  const { store, url, prefix } = await testStore(t)
  const { store: later } = await testStore(t, { url, prefix })
  const id = await createSession(store)
  const first = store.sessions.ask(id, GRADIENT, 'k')
  const { give } = await holdFirst(store, id)
  const again = later.sessions.ask(id, GRADIENT, 'k')
  await assert.rejects(later.sessions.ask(id, { ...GRADIENT, flow: true }, 'k'), {
    code: 'IDEMPOTENCY_KEY_REUSED',
  })
  await give(JSON.stringify(ANSWER))
  assert.deepEqual(await first, { answer: ANSWER, replayed: false })
  assert.deepEqual(await again, { answer: ANSWER, replayed: true })
})

test('a session tells its newest updates, its last batch and the files that it has saved', async (t) => {
  const store = await open(t)
  const id = await createSession(store, 'team')
  assert.deepEqual([(await store.sessions.get(id)).owner, (await store.sessions.get(id)).used_at], ['team', null])
  const ends = store.sessions.ask(id, UPDATE).catch(() => {})
  const holder = await take(store, id)
  const [logged] = await store.sessionLeases.read(id, '0-0')
  const tell = async (done: SessionCommand['type'] | null, step: number, fields: object, name = `${done} ${step}`) => {
    const answer = JSON.stringify({ type: 'answered', fields })
    assert.ok(await store.sessionLeases.answer(holder, { ...logged!, name }, { step, answer, done }))
  }
  for (let step = 1; step <= 103; step++) {
    await tell('forward_backward', step - 1, { loss: step })
    await tell('optim_step', step, { step })
    await tell(null, step, {}, `refused ${step}`)
  }
  const ids = ['wts_1', 'wts_2']
  const about = { bytes: 8, created_at: '2026-01-02T03:04:05.000Z' }
  for (const [at, weights] of ids.entries()) {
    await tell('save', 103 + at, { weights, step: 103 + at, ...about })
    const named = { id: weights, object: 'weights', name: `mine ${at}`, format: 'safetensors' } as const
    await store.weights.put({ ...named, sha256: '', tensors: [], ...about }, 'team')
  }
  await store.weights.delete('wts_1')
  const { updates, batch, saved, used_at: used } = await store.sessions.getDetail(id)
  assert.deepEqual(
    updates.map(({ step }) => step),
    Array.from({ length: 100 }, (_, at) => at + 4),
  )
  assert.deepEqual(batch, { object: 'forward_backward', session: id, loss: 103 })
  assert.deepEqual(saved, [{ weights: 'wts_2', name: 'mine 1', step: 104, ...about }])
  assert.ok(used !== null && Math.abs(Date.parse(used) - Date.now()) < 60_000, `${used}`)
  await ends
})

test('a session whose worker is silent is due again, and the writes of that worker are refused', async (t) => {
  const store = await open(t)
  const id = await createSession(store)
  const asked = store.sessions.ask(id, UPDATE).catch((error: unknown) => error)
  const first = await take(store, id)
  assert.equal(await store.sessionLeases.claim(id), undefined, 'another has it')
  assert.ok(await store.sessionLeases.renew(first))
  const second = await take(store, id)
  assert.equal(second.epoch, 2)
  const [logged] = await store.sessionLeases.read(id, '0-0')
  const answer = JSON.stringify({ type: 'refused', code: 'NO_GRADIENT', message: '' })
  const checkpoint = { key: 'k', sha256: 's', step: 1, entry: logged!.entry }
  assert.equal(await store.sessionLeases.renew(first), false)
  assert.equal(await store.sessionLeases.answer(first, logged!, { step: 1, answer, done: null }), false)
  assert.equal(await store.sessionLeases.register(first, checkpoint, 1), undefined)
  assert.equal(await store.sessionLeases.release(first), 'fenced')
  assert.ok(await store.sessionLeases.answer(second, logged!, { step: 1, answer, done: null }))
  await asked
})

test('a checkpoint replaces the commands up to its entry, and a command that waits is not left alone', async (t) => {
  const store = await open(t)
  const id = await createSession(store)
  const asked = [store.sessions.ask(id, GRADIENT), store.sessions.ask(id, UPDATE), store.sessions.ask(id, UPDATE)]
  const ends = Promise.allSettled(asked)
  const held = await take(store, id)
  const logged = await eventually(async () => {
    const all = await store.sessionLeases.read(id, '0-0')
    return all.length === 3 ? all : undefined
  })
  const answer = JSON.stringify({ type: 'answered', fields: {} })
  for (const each of logged.slice(0, 2)) await store.sessionLeases.answer(held, each, { step: 1, answer, done: null })
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
  const id = await createSession(store)
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
  const id = await createSession(store, 'team', 1)
  await assert.rejects(store.sessions.ask(id, UPDATE), { code: 'SESSION_TIMEOUT' })
  await assert.rejects(createSession(store, 'team', 1), { code: 'QUOTA_EXCEEDED' })
  assert.equal(await store.sessions.count('team'), 1)
  await store.sessions.delete(id)
  await createSession(store, 'team', 1)
  const { ask, get, delete: remove } = store.sessions
  for (const gone of [() => ask(id, UPDATE), () => get(id), () => remove(id)])
    await assert.rejects(gone, { code: 'SESSION_NOT_FOUND' })
})
