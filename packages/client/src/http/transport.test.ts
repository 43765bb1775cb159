import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '@unroll/contract'
import { UnrollClient, UnrollProblem, type TransportOptions } from '../index.ts'

// A fetch of the test's own in place of a service: what it answers is written out, and what it is sent is kept.

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Headers
}

type Answer = Response | Error | 'nothing'

const JOB = { object: 'job', id: 'job_1', result: { loss: 'NaN' } }
const SPEC = { model: { cell: 'rnn' }, data: { task: 'adding' } } as const

function answerWith(...answers: readonly (() => Answer)[]): { sent: Sent[]; options: TransportOptions } {
  const sent: Sent[] = []
  return {
    sent,
    options: {
      baseUrl: 'http://service',
      fetch: (input, { method = 'GET', headers, signal } = {}) => {
        const answer = answers[Math.min(sent.length, answers.length - 1)]?.() ?? 'nothing'
        sent.push({ method, path: (input as string).replace('http://service', ''), headers: new Headers(headers) })
        if (answer instanceof Response) return Promise.resolve(answer)
        if (answer instanceof Error) return Promise.reject(answer)
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        })
      },
    },
  }
}

const ok = () => Response.json(JOB)
const lost = () => new TypeError('fetch failed')
const refused =
  (status: number, headers: Record<string, string> = { 'retry-after': '0' }, code: ErrorCode = 'STORE_UNAVAILABLE') =>
  () =>
    Response.json(
      { type: '', title: '', status, detail: 'Later', code, request_id: 'r' },
      { status, headers: { 'content-type': 'application/problem+json', ...headers } },
    )
const soon = () => ({ 'retry-after': new Date(Date.now() - 1_000).toUTCString() })

type Ask = (client: UnrollClient) => Promise<unknown>
const get: Ask = (client) => client.jobs.get('job_1')
const create: Ask = (client) => client.jobs.create(SPEC)
const cancel: Ask = (client) => client.jobs.cancel('job_1')
const update: Ask = (client) => client.sessions.optimStep('sess_1')
const register: Ask = (client) => client.models.register({ name: 'm', job: 'job_1' })

const TRIES: [name: string, ask: Ask, answers: (() => Answer)[], tries: number, isAnswered: boolean][] = [
  ['what is read is read again after a broken connection', get, [lost, ok], 2, true],
  ['what is read is read again after 503', get, [refused(503), ok], 2, true],
  ['what is read is read again at the date that 429 names', get, [refused(429, soon()), ok], 2, true],
  ['what is made under a key is sent again', create, [lost, refused(503), ok], 3, true],
  ['what may happen twice is sent again', cancel, [lost, ok], 2, true],
  ['a command of a session is sent again under its key', update, [lost, refused(503), ok], 3, true],
  [
    'a command of a session that no worker has answered is asked for again',
    update,
    [refused(504, { 'retry-after': '0' }, 'SESSION_TIMEOUT'), ok],
    2,
    true,
  ],
  ['what would be made twice is not sent again after a broken connection', register, [lost, ok], 1, false],
  [
    'what would be made twice is not sent again after 503, which may follow what it did',
    register,
    [refused(503), ok],
    1,
    false,
  ],
  ['what was refused with 429 has done nothing, and is sent again', register, [refused(429), ok], 2, true],
  ['a request is sent again twice at most', get, [lost], 3, false],
  ['an error of the request itself is thrown at once', get, [refused(422), ok], 1, false],
  ['an error of the service itself is thrown at once', get, [refused(500), ok], 1, false],
  ['a pause of hours is not waited for', get, [refused(503, { 'retry-after': '7200' }), ok], 1, false],
]
for (const [name, ask, answers, tries, isAnswered] of TRIES) {
  test(`UnrollClient: ${name}`, async () => {
    const { sent, options } = answerWith(...answers)
    const asked = ask(new UnrollClient(options))
    await (isAnswered ? asked : assert.rejects(asked))
    assert.equal(sent.length, tries)
    const keys = new Set(sent.map(({ headers }) => headers.get('idempotency-key')))
    assert.equal(keys.size, 1, 'each try has the same key, or none')
    assert.equal(keys.has(null), ask !== create && ask !== update)
  })
}

test('UnrollClient gives each creation a key of its own unless it is given one', async () => {
  const { sent, options } = answerWith(ok)
  const client = new UnrollClient(options)
  await client.jobs.create(SPEC)
  await client.jobs.create(SPEC)
  await client.jobs.create(SPEC, { idempotencyKey: 'mine' })
  const keys = sent.map(({ headers }) => headers.get('idempotency-key') ?? '')
  assert.equal(new Set(keys).size, 3)
  assert.match(keys[0] ?? '', /^[\da-f]{32}$/)
  assert.equal(keys[2], 'mine')
})

test('UnrollClient tells a service that is asked later of the problem, its faults, and the pause', async () => {
  const { options } = answerWith(refused(503, { 'retry-after': '120' }))
  await assert.rejects(get(new UnrollClient({ ...options, apiKey: 'k' })), (error) => {
    assert.ok(error instanceof UnrollProblem)
    assert.deepEqual([error.code, error.faults, error.retryAfterMs], ['STORE_UNAVAILABLE', [], 120_000])
    return true
  })
})

test('UnrollClient gives up a request without an answer after timeoutMs, and each try has as long', async () => {
  const { sent, options } = answerWith(() => 'nothing')
  const client = new UnrollClient({ ...options, timeoutMs: 20, maxRetries: 1 })
  await assert.rejects(get(client), { name: 'TimeoutError', message: 'Nothing came for 20 ms' })
  assert.equal(sent.length, 2)
})

test('UnrollClient throws the reason of a signal, before, during and between tries', async () => {
  const reason = new Error('enough')
  const before = answerWith(lost)
  await assert.rejects(new UnrollClient(before.options).jobs.get('job_1', { signal: AbortSignal.abort(reason) }))
  assert.equal(before.sent.length, 1)
  for (const answer of [() => 'nothing' as const, refused(503, { 'retry-after': '30' })]) {
    const { options } = answerWith(answer)
    const abort = new AbortController()
    const asked = new UnrollClient(options).jobs.get('job_1', { signal: abort.signal })
    setTimeout(() => abort.abort(reason), 10)
    await assert.rejects(asked, reason)
  }
})

test('UnrollClient sends its key with each request, and asks for what it has by its tag', async () => {
  const tagged = () => Response.json(JOB, { headers: { etag: '"1"', 'cache-control': 'private, no-cache' } })
  const { sent, options } = answerWith(tagged, () => new Response(null, { status: 304 }))
  const client = new UnrollClient({ ...options, apiKey: 'unroll_1' })
  const [first, again] = [await client.jobs.get('job_1'), await client.jobs.get('job_1')]
  assert.deepEqual(first.result, { loss: NaN })
  assert.deepEqual(again, first)
  assert.notEqual(again, first, 'what one reader changes does not change that of another')
  assert.deepEqual(
    sent.map(({ headers }) => [headers.get('authorization'), headers.get('if-none-match')]),
    [
      ['Bearer unroll_1', null],
      ['Bearer unroll_1', '"1"'],
    ],
  )
})
