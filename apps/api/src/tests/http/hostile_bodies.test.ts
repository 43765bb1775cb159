import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Job } from '@unroll/contract'
import { admitSweep } from '../../sweeps/admission.ts'
import { JOB, assertNothingStored, assertProblem, testApp } from '../../testing/app.ts'
import { GRID } from '../../testing/sweeps.ts'

const JSON_TYPE = 'application/json'

interface Route {
  what: string
  method: 'post' | 'patch'
  /** Where it is, `:id` being a job that has failed. */
  path: string
  /** A right body of it, with the free part of a hostile one in it. */
  with: (part: object) => object
}

const ROUTES: Route[] = [
  { what: 'a job', method: 'post', path: '/v1/jobs', with: (part) => ({ ...JOB, ...part }) },
  { what: 'a dry run', method: 'post', path: '/v1/jobs?dry_run=true', with: (part) => ({ ...JOB, ...part }) },
  { what: 'a sweep', method: 'post', path: '/v1/sweeps', with: (part) => ({ ...GRID, ...part }) },
  {
    what: 'a template',
    method: 'post',
    path: '/v1/sweeps',
    with: (part) => ({ ...GRID, template: { ...GRID.template, ...part } }),
  },
  { what: 'a change', method: 'patch', path: '/v1/jobs/:id', with: (part) => part },
  { what: 'a retry', method: 'post', path: '/v1/jobs/:id/retry', with: (part) => ({ changes: part }) },
]

interface Sent {
  status: number
  type: string
  body: unknown
  headers: Record<string, string>
}

/** Sends bytes to a route of a service, which has nothing but a job if the route is of one, and had better store nothing. */
async function sender(t: TestContext, { method, path }: Route): Promise<typeof send> {
  const service = await testApp(t)
  const needsJob = path.includes(':id')
  const job = needsJob ? ((await service.http.post('/v1/jobs').send(JOB).expect(201)).body as Job) : null
  const send = async (bytes: Buffer | string, extra: Record<string, string> = {}): Promise<Sent> => {
    const request = service.http[method](path.replace(':id', job?.id ?? ''))
    request.set({ 'content-type': JSON_TYPE, ...extra }).serialize((given: unknown) => given as string) // as it is
    const { status, type, body, headers } = await request.send(bytes as string)
    assert.equal((await service.store.jobs.list()).data.length, needsJob ? 1 : 0)
    if (!needsJob) await assertNothingStored(service)
    return { status, type, body: body as unknown, headers }
  }
  return send
}

const many = (count: number, value: unknown): object =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, value]))

const SURROGATES: [text: string, pointer: RegExp][] = [
  [String.raw`"x": "a\ud83d"`, /\/x$/],
  [String.raw`"a\udc00": 1`, /^(\/template|\/changes)?$/],
  [String.raw`"x": [1, "\ud800\ud800"]`, /\/x\/1$/],
]

for (const route of ROUTES) {
  const isTemplate = route.what === 'a template'
  test(`${route.what} of a megabyte of fields, or nested deep, is refused before it is parsed`, async (t) => {
    const send = await sender(t, route)
    const { errors } = assertProblem(await send(JSON.stringify(route.with(many(80_000, 1)))), 'INVALID_REQUEST')
    assert.deepEqual(errors, [{ pointer: '', detail: 'Must be JSON of at most 10000 fields and items in all' }])
    for (const depth of [40, 500, 2_000, 5_000, 80_000]) {
      const nested = `"x":${'['.repeat(depth)}1${']'.repeat(depth)}`
      const deep = await send(JSON.stringify(route.with({ x: 0 })).replace('"x":0', nested))
      assert.deepEqual(assertProblem(deep, 'INVALID_REQUEST').errors, [
        { pointer: '', detail: 'Must be JSON nested at most 32 deep' },
      ])
    }
  })

  test(`${route.what} with 9,000 unknown fields is refused with the first 100 named, and says so`, async (t) => {
    const answer = await (await sender(t, route))(JSON.stringify(route.with(many(9_000, 1))))
    const { errors = [], detail } = assertProblem(answer, 'INVALID_SPECIFICATION')
    if (isTemplate) return assert.match(errors[0]?.detail ?? '', /at most 1000 fields/)
    assert.equal(errors.length, 100)
    assert.ok(errors.every((fault) => fault.detail.startsWith('Is an unknown field')))
    assert.match(detail, /No more than the first 100 faults are listed$/)
  })

  test(`${route.what} with half of a surrogate pair is refused where it is`, async (t) => {
    const send = await sender(t, route)
    for (const [text, pointer] of SURROGATES) {
      const answer = await send(JSON.stringify(route.with({ here: 0 })).replace('"here":0', text))
      const { errors } = assertProblem(answer, 'INVALID_REQUEST')
      assert.match(errors?.[0]?.pointer ?? 'none', pointer)
      assert.match(errors?.[0]?.detail ?? '', /half of a surrogate pair/)
    }
  })
}

const JOBS = ROUTES[0] as Route
const TEXT = JSON.stringify({ ...JOB, name: 'ä' })

const BAD_BYTES: [what: string, bytes: Buffer, headers: Record<string, string>, code: string, detail: RegExp][] = [
  ['in ISO 8859-1', Buffer.from(TEXT, 'latin1'), {}, 'INVALID_REQUEST', /^Must be JSON in UTF-8$/],
  ['in UTF-16', Buffer.from(TEXT, 'utf16le'), {}, 'INVALID_REQUEST', /^Must be JSON/],
  ['in UTF-16 with its mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), {}, 'INVALID_REQUEST', /UTF-8/],
  [
    'said to be in ISO 8859-1',
    Buffer.from(TEXT, 'latin1'),
    { 'content-type': `${JSON_TYPE}; charset=iso-8859-1` },
    'UNSUPPORTED_MEDIA_TYPE',
    /charset=iso-8859-1"$/,
  ],
  [
    'said to be in UTF-16',
    Buffer.from(TEXT, 'utf16le'),
    { 'content-type': `${JSON_TYPE};charset="UTF-16"` },
    'UNSUPPORTED_MEDIA_TYPE',
    /application\/json/,
  ],
  [
    'that is compressed',
    gzipSync(TEXT),
    { 'content-encoding': 'gzip' },
    'UNSUPPORTED_MEDIA_TYPE',
    /^Must be identity, or left out: current value is "gzip"$/,
  ],
  [
    'that is said to be a merge patch',
    Buffer.from(TEXT),
    { 'content-type': 'application/merge-patch+json' },
    'UNSUPPORTED_MEDIA_TYPE',
    /application\/json/,
  ],
]
for (const [what, bytes, headers, code, detail] of BAD_BYTES)
  test(`POST /v1/jobs refuses a body ${what}`, async (t) => {
    const answer = await (await sender(t, JOBS))(bytes, headers)
    assert.match(assertProblem(answer, code).errors?.[0]?.detail ?? '', detail)
    assert.equal(answer.headers['accept-encoding'], headers['content-encoding'] === undefined ? undefined : 'identity')
  })

test('POST /v1/datasets refuses a text that is compressed, and names the coding', async (t) => {
  const service = await testApp(t)
  const request = service.http.post('/v1/datasets').set({ 'content-type': 'text/plain', 'content-encoding': 'br' })
  const { errors } = assertProblem(await request.send('text'), 'UNSUPPORTED_MEDIA_TYPE')
  assert.deepEqual([errors?.[0]?.pointer, errors?.[0]?.value], ['content-encoding', 'br'])
  await assertNothingStored(service)
})

for (const headers of [
  { 'content-type': `${JSON_TYPE}; charset=utf-8` },
  { 'content-type': `${JSON_TYPE}; charset="UTF-8"` },
  { 'content-encoding': 'identity' },
])
  test(`POST /v1/jobs takes a body with ${JSON.stringify(headers)}, and a byte order mark`, async (t) => {
    const { http } = await testApp(t)
    const request = http.post('/v1/jobs').set({ 'content-type': JSON_TYPE, ...headers })
    const answer = await request.send(`\uFEFF${TEXT}`).expect(201)
    assert.equal((answer.body as Job).name, 'ä')
  })

test('a fault quotes the start of a long value, and the answer is short', async (t) => {
  const bytes = JSON.stringify({ ...JOB, name: '😀'.repeat(100_000), sequence_length: many(5_000, 'x') })
  const answer = await (await sender(t, JOBS))(bytes)
  const { errors = [] } = assertProblem(answer, 'INVALID_SPECIFICATION')
  assert.deepEqual(errors.map(({ pointer }) => pointer).toSorted(), ['/name', '/sequence_length'])
  const text = JSON.stringify(answer.body)
  assert.ok(text.length < 2_000, `${text.length}`)
  assert.ok(!/\\ud[89ab]/i.test(text), 'half of a surrogate pair')
})

test('a sweep is checked for no more trials than its faults need, nor for one who has left', async () => {
  const values = Array.from({ length: 256 }, (_, at) => at)
  const template = { data: { task: 'adding' }, model: many(5_000, 1) }
  const sweep = (space: object) =>
    ({ template, space, strategy: { type: 'grid' }, objective: { metric: 'loss', goal: 'min' }, metadata: {} }) as never
  const asked = async (space: object, stay: number) => {
    let looks = 0
    const hasLeft = () => ++looks > stay
    const error: unknown = await admitSweep({} as never, sweep(space), { owner: undefined, hasLeft }).catch(
      (e: unknown) => e,
    )
    return [looks, (error as Error).message] as const
  }
  const spaces = { 'model.cell': { values: ['rnn'] }, 'training.seed': { values } }
  const [looks, message] = await asked(spaces, Infinity)
  assert.equal(looks, 2)
  assert.match(message, /trial 0$/)
  assert.deepEqual(await asked(spaces, 0), [1, 'Cannot answer as the client has closed its connection'])
})
