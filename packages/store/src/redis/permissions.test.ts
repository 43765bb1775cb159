import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, after, test } from 'node:test'
import { Redis } from 'ioredis'
import { countRows } from '../metrics/block.ts'
import type { LoggedCommand } from '../sessions/commands.ts'
import { createJob, eventually, sampleCheckpoint, testStore } from '../testing/fixtures.ts'
import { createSession } from '../testing/sessions.ts'
import { TestServer } from '../testing/server.ts'
import { listKeyPatterns, type Role } from './permissions.ts'

// The users of deploy/redis/users.acl, on a server of their own. The whole service uses them in test/e2e/fleet_guide.test.ts.

const USERS = readFileSync(new URL('../../../../deploy/redis/users.acl', import.meta.url), 'utf8')
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`

let server: TestServer
let admin: Redis
before(async () => {
  server = await TestServer.start()
  admin = new Redis(server.url)
  for (const line of USERS.split('\n').filter((each) => each.startsWith('user unroll-'))) {
    const [, name = '', ...rules] = line.split(' ')
    await admin.call('ACL', 'SETUSER', name, ...rules)
  }
})
after(async () => {
  admin?.disconnect()
  await server?.remove()
})

function urlOf(role: Role): string {
  return server.url.replace('://', `://unroll-${role}:${role.toUpperCase()}_PASSWORD@`)
}

async function readRefusals(): Promise<string> {
  return JSON.stringify(await admin.call('ACL', 'LOG'))
}

test('API and worker take a job from its creation to its deletion with no more than their users may', async (t) => {
  const { store: api } = await testStore(t, { url: urlOf('api'), prefix: 'unroll', waitForDisk: true })
  const { store: worker } = await testStore(t, { url: urlOf('worker'), prefix: 'unroll', waitForDisk: true })
  const secret = await api.notifications.secrets.keep('default', SECRET)
  const notify = [{ url: 'https://one.example.org/', on: ['job_running', 'job_succeeded'], secret }]
  const { id } = await createJob(api, { notify })
  const watch = api.queue.watch()
  const consumer = worker.queue.consume(
    async (job) => {
      const claim = await worker.jobs.claim(job, 'wrk_1')
      assert.ok('epoch' in claim)
      const { epoch } = claim
      await worker.jobs.move(job, epoch, 'running')
      await worker.metrics.append(job, epoch, { firstSeq: 1, rows: [{ step: 1, series: { loss: 0.5 } }] })
      await worker.jobs.heartbeat(job, epoch, { step: 1, stepMs: 2 })
      const { checkpoint: policy } = claim.spec
      await worker.checkpoints.register(sampleCheckpoint({ job, epoch, step: 1 }), policy)
      await worker.events.append(job, epoch, { number: 1, code: 'evaluated' })
      await worker.jobs.move(job, epoch, 'succeeded', { result: { loss: 0.5 } })
      return 'done'
    },
    { slots: 1 },
  )
  await eventually(async () => (await api.jobs.get(id)).status === 'succeeded')
  await consumer.close({ timeoutMs: 60_000 })
  await watch.close()
  const taken = await api.notifications.take(9)
  assert.deepEqual(
    taken.map(({ notification, secret: found }) => [notification.event, found]),
    [
      ['job_running', SECRET],
      ['job_succeeded', SECRET],
    ],
  )
  await worker.durable()
  assert.equal(countRows((await api.metrics.read(id)).blocks), 1)
  assert.equal((await api.checkpoints.list(id)).data.length, 1)
  await api.sweeps.list()
  await api.queue.state()
  await api.apiKeys.find('key_x')
  assert.deepEqual((await worker.health()).ready, true)
  await api.jobs.delete(id)
  assert.equal(await readRefusals(), '[]')
})

test('a worker answers evaluations and predictions of the API with no more than its user may', async (t) => {
  const { store: api } = await testStore(t, { url: urlOf('api'), prefix: 'unroll' })
  const { store: worker } = await testStore(t, { url: urlOf('worker'), prefix: 'unroll' })
  const { id: job } = await createJob(api)
  const wanted = { dataset: 'ds_0123456789abcdefghij', checkpoint: 'ckpt_0123456789abcdefghij', step: 3 }
  const { request } = await api.evaluations.create({ job, ...wanted }, { key: 'k', fingerprint: 'f' })
  const answering = worker.evaluations.answer(async ({ id }) => {
    const found = await worker.evaluations.get(job, id)
    const end = {
      status: 'failed',
      finished_at: '2026-01-02T00:00:00.000Z',
      error: { code: 'x', message: 'y' },
    } as const
    await worker.evaluations.update({ ...found, ...end })
    return 'done'
  })
  await eventually(async () => (await api.evaluations.get(job, request.id)).finished_at !== null)
  await answering.close({ timeoutMs: 60_000 })
  const prediction = 'pred_0123456789abcdefghij'
  await worker.predictions.append(prediction, { type: 'end' })
  for await (const part of api.predictions.follow(prediction)) if (part.type === 'end') break
  assert.equal(await readRefusals(), '[]')
})

test('a worker computes a session of the API with no more than its user may', async (t) => {
  const { store: api } = await testStore(t, { url: urlOf('api'), prefix: 'unroll' })
  const { store: worker } = await testStore(t, { url: urlOf('worker'), prefix: 'unroll' })
  const id = await createSession(api)
  const asked = [api.sessions.ask(id, { type: 'optim_step', request: {} }, 'k')]
  const { sessionLeases: leases } = worker
  const held = await eventually(async () =>
    (await leases.listDue()).includes(id) ? await leases.claim(id) : undefined,
  )
  const answer = JSON.stringify({ type: 'answered', fields: { step: 1 } })
  const answered = async (logged: LoggedCommand) =>
    assert.ok(await leases.answer(held, logged, { step: 1, answer, done: logged.command.type }))
  const told: LoggedCommand[] = []
  const end = await leases.onCommand(id, ({ logged }) => logged && told.push(logged))
  const [first] = await leases.read(id, '0-0')
  await answered(first!)
  asked.push(api.sessions.ask(id, { type: 'save', weights: 'wts_x' }))
  await answered(await eventually(() => told[0]))
  await Promise.all(asked)
  await leases.renew(held)
  await leases.register(held, { key: 'k', sha256: '', step: 1, entry: told[0]!.entry }, 0)
  end()
  assert.equal(await leases.release(held), 'asleep')
  assert.equal((await api.sessions.getDetail(id)).updates.length, 1)
  await api.sessions.delete(id)
  assert.equal(await readRefusals(), '[]')
})

const DANGEROUS = [
  'KEYS *',
  'SCAN 0',
  'FLUSHALL',
  'FLUSHDB',
  'CONFIG GET dir',
  'CONFIG SET dir /tmp',
  'ACL LIST',
  'SAVE',
  'SHUTDOWN NOSAVE',
  'MODULE LIST',
  'REPLICAOF 127.0.0.1 1',
  'CLIENT LIST',
  'CLIENT KILL TYPE normal',
  'MONITOR',
  'SCRIPT FLUSH',
  'FUNCTION LIST',
  'MIGRATE 127.0.0.1 1 {unroll}:index 0 1',
  'DUMP {unroll}:index',
  'RANDOMKEY',
  'SWAPDB 0 1',
  'GET other',
  'SET other x',
  'GET {unroll}',
  'GET {unroll}x:index',
  'SUBSCRIBE other',
  'PUBLISH other x',
]
const OF_API_ALONE = [
  'HGETALL {unroll}:api_keys',
  'HSET {unroll}:api_keys key_x {}',
  'XRANGE {unroll}:audit - +',
  'DEL {unroll}:audit',
  'GET {unroll}:signing:default:secret_0',
  'GET {unroll}:spent:writes:key_x',
  'HGETALL {unroll}:models',
  'HGETALL {unroll}:uploads',
  'HGETALL {unroll}:sweep:sweep_x:record',
  'HGETALL {unroll}:idempotency:x',
]

for (const [role, refused] of [
  ['api', DANGEROUS],
  ['worker', [...DANGEROUS, ...OF_API_ALONE]],
] as const)
  test(`the user of the ${role} is refused every other command, key and channel, also within a script`, async (t) => {
    const redis = new Redis(urlOf(role))
    t.after(() => redis.disconnect())
    for (const line of refused) {
      const [command = '', ...args] = line.split(' ')
      await assert.rejects(redis.call(command, ...args), /NOPERM/, line)
    }
    const inScript = refused.filter((line) => /^(?:GET|HGETALL|SET|KEYS|FLUSHALL)/.test(line))
    for (const line of inScript) {
      const call = line.split(' ').map((word) => `'${word}'`)
      await assert.rejects(redis.eval(`return redis.call(${call.join(',')})`, 0), /NOPERM|ACL failure|can't/, line)
    }
    assert.notEqual(await readRefusals(), '[]', 'the log of the server has refusals')
    t.diagnostic(`refused ${refused.length} commands, ${inScript.length} of them in scripts too`)
  })

test('listKeyPatterns() gives a worker a part of what the API has', () => {
  const [api, worker] = [listKeyPatterns('api'), listKeyPatterns('worker')]
  assert.ok(worker.length < api.length)
  assert.deepEqual(
    worker.filter((pattern) => !api.includes(pattern)),
    [],
  )
  for (const pattern of api) assert.ok(pattern.startsWith('{unroll}:'), pattern)
})
