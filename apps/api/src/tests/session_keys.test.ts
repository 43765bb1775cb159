import assert from 'node:assert/strict'
import { test } from 'node:test'
import { once, weightsKey } from '@unroll/artifacts'
import type { Session } from '@unroll/contract'
import type { SessionAnswer } from '@unroll/store'
import { assertProblem, testApp } from '../testing/app.ts'
import { until } from '../testing/receiver.ts'
import { SPEC, STEP, answerNext } from '../testing/sessions.ts'

test('a command with an Idempotency-Key that is sent again has the answer of the first time', async (t) => {
  const { http, store } = await testApp(t)
  const { id } = (await http.post('/v1/sessions').send(SPEC).expect(201)).body as Session
  const batch = { inputs: [[STEP]], targets: [[1]] }
  const commands: [path: string, body: object, other: object, answer: SessionAnswer][] = [
    ['forward_backward', batch, { ...batch, targets: [[2]] }, { type: 'answered', fields: { loss: 1 } }],
    ['optim_step', {}, { learning_rate: 1 }, { type: 'answered', fields: { step: 1 } }],
    ['optim_step', {}, { learning_rate: 1 }, { type: 'refused', code: 'NO_GRADIENT', message: 'Cannot update' }],
    ['sample', { inputs: [[STEP]] }, { inputs: [[STEP, STEP]] }, { type: 'answered', fields: { step: 1 } }],
  ]
  for (const [at, [path, body, other, answer]] of commands.entries()) {
    const ask = (sent: object) => http.post(`/v1/sessions/${id}/${path}`).set('idempotency-key', `k${at}`).send(sent)
    const [first] = await Promise.all([ask(body), answerNext(store, id, answer)])
    const again = await ask(body)
    assert.equal(first.headers['idempotent-replayed'], undefined)
    assert.deepEqual([again.status, again.headers['idempotent-replayed']], [first.status, 'true'])
    if (answer.type === 'refused') assertProblem(again, answer.code)
    else assert.deepEqual(again.body, first.body)
    assertProblem(await ask(other), 'IDEMPOTENCY_KEY_REUSED')
  }
  assert.deepEqual(await store.sessionLeases.listDue(), [])
  t.diagnostic(`${commands.length} commands`)
})

test('a save that is sent again gives the weights of the first time, until they are deleted', async (t) => {
  const { http, store, artifacts } = await testApp(t)
  const { id } = (await http.post('/v1/sessions').send(SPEC).expect(201)).body as Session
  const save = () => http.post(`/v1/sessions/${id}/save`).set('idempotency-key', 'k').send({ name: 'mine' })
  const command = store.sessionLeases
  const write = async () => {
    const held = await until('the command waits', async () =>
      (await command.listDue()).includes(id) ? await command.claim(id) : undefined,
    )
    const [logged] = await command.read(id, '0-0')
    assert.ok(logged?.command.type === 'save')
    const { weights } = logged.command
    await artifacts.put(weightsKey(weights), once(Buffer.alloc(8)))
    const file = { step: 2, bytes: 8, sha256: 'f'.repeat(64), tensors: [], created_at: '2026-01-02T03:04:05.000Z' }
    const answer = JSON.stringify({ type: 'answered', fields: { weights, ...file } })
    await command.answer(held, logged, { step: 2, answer, done: 'save' })
    await command.release(held)
  }
  const [first] = await Promise.all([save().expect(201), write()])
  const again = await save().expect(201).expect('idempotent-replayed', 'true')
  assert.deepEqual(again.body, first.body)
  assert.equal(again.headers['location'], first.headers['location'])
  assert.equal((await http.get('/v1/weights').expect(200)).body.data.length, 1)
  assert.equal(await store.stored.read('default'), 8)
  await http.delete(again.headers['location']!).expect(204)
  assertProblem(await save(), 'IDEMPOTENCY_KEY_SPENT')
})
