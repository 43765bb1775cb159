import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Delivery, type Job, type JobSpec, type Page, type Sweep } from '@unroll/contract'
import { ReceiverAddresses } from '../notify/addresses.ts'
import { sendNotifications } from '../notify/sender.ts'
import { JOB, assertMatches, assertProblem, testApp } from '../testing/app.ts'
import { keyOf } from '../testing/keys.ts'
import { HERE, SECRET, notifying, receiver, until } from '../testing/receiver.ts'
import { GRID } from '../testing/sweeps.ts'

const SILENT = { warn: () => {} }

async function notifyingApp(t: TestContext) {
  const service = await testApp(t, { receiverAddresses: HERE })
  const { app, http } = service
  const sender = sendNotifications(app, SILENT, { firstPauseMs: 20 })
  t.after(() => sender.close())
  const deliveries = async (id: string) => {
    const { body } = await http.get(`/v1/jobs/${id}/deliveries`).expect(200)
    for (const each of (body as Page<Delivery>).data) assertMatches(Delivery, each)
    return (body as Page<Delivery>).data
  }
  const settled = async (id: string) =>
    await until('the delivery is over', async () => {
      const found = await deliveries(id)
      return found.length > 0 && found.every(({ next_attempt_at: next }) => next === null) ? found : undefined
    })
  return { ...service, deliveries, settled }
}

test('a receiver that fails, then redirects, gets the same notification again until it accepts', async (t) => {
  const { http, settled } = await notifyingApp(t)
  const { url, got } = await receiver(t, [500, 302, 204])
  const { body } = await http.post('/v1/jobs').send(notifying(url)).expect(201)
  const { id } = body as Job
  await http.post(`/v1/jobs/${id}/cancel`).expect(202)
  const [delivery] = await settled(id)
  assert.equal(delivery?.delivery_status, 'delivered')
  assert.deepEqual(
    delivery.attempts.map(({ answer, error }) => [answer, error]),
    [
      [500, 'answered 500'],
      [302, 'redirects are not followed'],
      [204, null],
    ],
  )
  assert.equal(got.length, 3)
  for (const each of got)
    assert.deepEqual(
      [each.id, each.event, each.job, each.status, each.status_reason],
      [delivery.id, 'job_cancelled', id, 'cancelled', 'user_cancelled'],
    )
})

test('a receiver that is down gets its notification once it is up', async (t) => {
  const { http, deliveries, settled } = await notifyingApp(t)
  const down = await receiver(t)
  down.close()
  const { body } = await http.post('/v1/jobs').send(notifying(down.url)).expect(201)
  const { id } = body as Job
  await http.post(`/v1/jobs/${id}/cancel`).expect(202)
  await until('an attempt fails', async () => {
    const [first] = await deliveries(id)
    return first?.attempts[0]?.error === 'ECONNREFUSED' || undefined
  })
  const { got } = await receiver(t, [200], down.port)
  assert.equal((await settled(id))[0]?.delivery_status, 'delivered')
  assert.equal(got[0]?.job, id)
})

test('a job that is deleted is not told of any more, and has no deliveries', async (t) => {
  const { http, deliveries } = await notifyingApp(t)
  const { url, got } = await receiver(t, [500])
  const { body } = await http.post('/v1/jobs').send(notifying(url)).expect(201)
  const { id } = body as Job
  await http.post(`/v1/jobs/${id}/cancel`).expect(202)
  await until('an attempt fails', async () => (await deliveries(id))[0]?.attempts[0] && true)
  await http.delete(`/v1/jobs/${id}`).expect(204)
  const { status, type, body: problem } = await http.get(`/v1/jobs/${id}/deliveries`)
  assertProblem({ status, type, body: problem }, 'JOB_NOT_FOUND')
  const told = got.length
  const other = await receiver(t)
  const second = (await http.post('/v1/jobs').send(notifying(other.url)).expect(201)).body as Job
  await http.post(`/v1/jobs/${second.id}/cancel`).expect(202)
  await until('a later notification arrives', async () => other.got[0])
  assert.ok(got.length <= told + 1, 'at most the attempt that was under way')
})

test('retries and the jobs of a sweep notify the receivers of what they are made from', async (t) => {
  const { http, settled } = await notifyingApp(t)
  const { url, got } = await receiver(t)
  const job = (await http.post('/v1/jobs').send(notifying(url)).expect(201)).body as Job
  const again = (await http.post(`/v1/jobs/${job.id}/retry`).send({}).expect(202)).body as Job
  const resent = (await http.post('/v1/jobs').send(again.spec).expect(201)).body as Job
  const template = { ...GRID.template, notify: notifying(url).notify }
  const sweep = (
    await http
      .post('/v1/sweeps')
      .send({ ...GRID, template })
      .expect(201)
  ).body as Sweep
  const [run] = sweep.runs
  assert.ok(run)
  for (const id of [again.id, resent.id, run.job]) {
    await http.post(`/v1/jobs/${id}/cancel`).expect(202)
    assert.equal((await settled(id))[0]?.delivery_status, 'delivered')
  }
  assert.deepEqual(
    got.map((each) => each.job),
    [again.id, resent.id, run.job],
  )
})

test('no answer has the secret: a reference stands for it, of no use to another owner', async (t) => {
  const service = await testApp(t, { receiverAddresses: HERE })
  const { http, store } = service
  const mine = await keyOf(service, ['submit', 'read'])
  const theirs = await keyOf(service, ['submit', 'read'], 'team-b')
  const body = notifying('http://127.0.0.1:9/')
  const template = { ...GRID.template, notify: body.notify }
  const trial = await http.post('/v1/jobs?dry_run=true').set(mine).send(body).expect(200)
  assert.equal(await store.notifications.secrets.find('team-a', secretOf(trial.body)), null, 'a trial stores nothing')
  const made = await http.post('/v1/jobs').set(mine).send(body).expect(201)
  const { id, spec } = made.body as Job
  const answers = [
    trial,
    made,
    await http
      .post('/v1/sweeps?dry_run=true')
      .set(mine)
      .send({ ...GRID, template })
      .expect(200),
    await http
      .post('/v1/sweeps')
      .set(mine)
      .send({ ...GRID, template })
      .expect(201),
    await http.get(`/v1/jobs/${id}`).set(mine).expect(200),
    await http.get('/v1/jobs').set(mine).expect(200),
    await http.get('/v1/sweeps').set(mine).expect(200),
    await http.get(`/v1/jobs/${id}/events`).set(mine).expect(200),
    await http.get(`/v1/jobs/${id}/deliveries`).set(mine).expect(200),
    await http.post(`/v1/jobs/${id}/retry`).set(mine).send({}).expect(202),
    await http
      .post('/v1/jobs')
      .set(mine)
      .send({ ...body, notify: [{ ...body.notify[0], secret: `${SECRET}!` }] })
      .expect(422),
  ]
  for (const answer of answers) assert.ok(!answer.text.includes(SECRET.slice(6)), answer.text)
  t.diagnostic(`looked at ${answers.length} answers`)
  const claim = await store.jobs.claim(id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  assert.equal(claim.spec.notify[0]?.secret, secretOf({ spec }), 'the worker gets the reference')
  const foreign = await http
    .post('/v1/jobs')
    .set(theirs)
    .send({ ...JOB, notify: spec.notify })
  const { errors } = assertProblem(foreign, 'INVALID_SPECIFICATION')
  assert.deepEqual(
    errors?.map(({ pointer }) => pointer),
    ['/notify/0/secret'],
  )
})

function secretOf(body: unknown): string {
  return (body as { spec: JobSpec }).spec.notify[0]?.secret ?? assert.fail()
}

const BAD: readonly [what: string, receiver: object, pointer: string][] = [
  ['a private address', { url: 'http://10.0.0.1/' }, '/notify/0/url'],
  ['the service itself', { url: 'http://127.0.0.1:8080/v1/queue/pause' }, '/notify/0/url'],
  ['the metadata of a cloud', { url: 'http://169.254.169.254/latest' }, '/notify/0/url'],
  ['an address in other words', { url: 'http://0x7f.1/' }, '/notify/0/url'],
  ['a name of a private address', { url: 'https://inner.example.org/' }, '/notify/0/url'],
  ['a password', { url: 'https://ada:secret@public.example.org/' }, '/notify/0/url'],
  ['no URL', { url: 'https://' }, '/notify/0/url'],
  ['another scheme', { url: 'file:///etc/passwd' }, '/notify/0/url'],
  ['an unknown event', { on: ['job_exploded'] }, '/notify/0/on/0'],
  ['no event', { on: [] }, '/notify/0/on'],
  ['a short secret', { secret: 'whsec_AAAA' }, '/notify/0/secret'],
  ['no secret', { secret: undefined }, '/notify/0/secret'],
  ['a reference to nothing', { secret: `secret_${'0'.repeat(32)}` }, '/notify/0/secret'],
]

test('a receiver at fault is refused with its field, in a job, a retry, a fork and a sweep', async (t) => {
  const resolve = async (name: string) => (name.startsWith('inner') ? ['10.0.0.1'] : ['93.184.215.14'])
  const { http } = await testApp(t, { receiverAddresses: new ReceiverAddresses([], resolve) })
  const good = { url: 'https://public.example.org/', secret: SECRET }
  const { id } = (
    await http
      .post('/v1/jobs')
      .send({ ...JOB, notify: [good] })
      .expect(201)
  ).body as Job
  for (const [what, bad, pointer] of BAD) {
    const notify = [{ ...good, ...bad }]
    const template = { ...GRID.template, notify }
    const answers = [
      ['', await http.post('/v1/jobs').send({ ...JOB, notify })],
      ['/changes', await http.post(`/v1/jobs/${id}/retry`).send({ changes: { notify } })],
      ['/changes', await http.post(`/v1/jobs/${id}/fork`).send({ step: 1, changes: { notify } })],
      ['/template', await http.post('/v1/sweeps').send({ ...GRID, template })],
    ] as const
    for (const [within, answer] of answers) {
      const { errors = [] } = assertProblem(answer, 'INVALID_SPECIFICATION')
      assert.deepEqual(
        errors.map((fault) => fault.pointer),
        [`${within}${pointer}`],
        what,
      )
    }
  }
  const many = await http.post('/v1/jobs').send({ ...JOB, notify: Array.from({ length: 5 }, () => good) })
  assertProblem(many, 'INVALID_SPECIFICATION')
  const varied = { ...GRID, space: { 'notify.0.url': { values: ['https://public.example.org/a'] } } }
  assertProblem(await http.post('/v1/sweeps').send(varied), 'INVALID_SPECIFICATION')
  t.diagnostic(`looked at ${BAD.length} receivers`)
})
