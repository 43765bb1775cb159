// One matrix of routes, scopes and owners: it is in one file as its tables name every route.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SCOPE_NAMES, type Job, type Scope, type Sweep } from '@unroll/contract'
import { encodeSafetensors } from '@unroll/formats'
import type { RouteOptions } from 'fastify'
import { hasScope, type RouteScope } from '../../access/caller.ts'
import { JOB, testApp, type TestApp } from '../../testing/app.ts'
import { CALLERS } from '../../testing/callers.ts'
import { keyOf } from '../../testing/keys.ts'
import { GRID } from '../../testing/sweeps.ts'

/** The things of one owner, as the paths of routes name them. */
interface Things {
  job: string
  sweep: string
  session: string
  dataset: string
  weights: string
  model: string
}

const WEIGHTS = Buffer.from(encodeSafetensors({ 'readout.bo': { shape: [1], data: new Float32Array(1) } }))
const SESSION = {
  model: { cell: 'rnn' },
  problem: { inputs: 'vectors', input_size: 1, readout: 'identity', output_size: 1, mode: 'many_to_one' },
}
const OWNERS = ['team-a', 'team-b'] as const
type Headers = Record<string, string>

/** Statuses that say that the caller may ask: the request itself may be at fault. */
const REFUSED = [401, 403, 404]
/** Paths that name a worker or a key, which belong to none, or an upload, whose names are of the caller. */
const UNOWNED = /^\/v1\/(workers|keys|uploads)\/|^\/queues\//
const CHANGING = ['POST', 'PATCH', 'PUT', 'DELETE']

interface Route {
  method: string
  url: string
  scope: RouteScope | undefined
}

function listRoutes({ app }: TestApp): Route[] {
  return app.guardedRoutes.flatMap(({ method, url, config }: RouteOptions) =>
    [method].flat().map((each) => ({ method: each, url, scope: config?.scope })),
  )
}

async function makeThings({ http, store }: TestApp, headers: Headers, owner: string): Promise<Things> {
  const job = (await http.post('/v1/jobs').set(headers).send(JOB).expect(201)).body as Job
  const sweep = (await http.post('/v1/sweeps').set(headers).send(GRID).expect(201)).body as Sweep
  const session = (await http.post('/v1/sessions').set(headers).send(SESSION).expect(201)).body as { id: string }
  const upload = http.post('/v1/datasets').set({ ...headers, 'content-type': 'text/plain' })
  const dataset = (await upload.send('to be or not to be').expect(201)).body as { id: string }
  const file = http.post('/v1/weights').set({ ...headers, 'content-type': 'application/octet-stream' })
  const weights = (await file.send(WEIGHTS).expect(201)).body as { id: string }
  const model = `model-of-${owner}`
  const version = {
    id: 'mdl_00000000000000000000',
    job: job.id,
    checkpoint: 'ckpt_00000000000000000000',
    step: 1,
    bytes: 1,
    sha256: '',
    metrics: {},
    created_at: job.created_at,
    spec: job.spec,
  }
  await store.models.register(model, { ...version, aliases: [] }, owner)
  return { job: job.id, sweep: sweep.id, session: session.id, dataset: dataset.id, weights: weights.id, model }
}

/** The path of a route on the things of an owner; undefined where it names none of them. */
function fillPath(url: string, { job, sweep, session, dataset, weights, model }: Things): string | undefined {
  const [, kind = ''] = /^\/v1\/(jobs|sweeps|sessions|datasets|weights|models)\/:/.exec(url) ?? []
  const id = { jobs: job, sweeps: sweep, sessions: session, datasets: dataset, weights, models: model }[kind]
  return id === undefined
    ? undefined
    : url
        .replace(/:(?:id|name)/, id)
        .replace(':checkpoint', 'ckpt_00000000000000000000')
        .replace(':evaluation', 'eval_00000000000000000000')
        .replace(':replay', 'replay_00000000000000000000')
}

/** The path of a route that names nothing that belongs to an owner. */
function fillOther(url: string): string {
  return url
    .replace('/workers/:id', '/workers/wrk_00000000000000000000')
    .replace('/keys/:id', '/keys/key_00000000000000000000')
    .replace('/uploads/:key', '/uploads/some')
    .replace(/:\w+/g, 'x')
    .replace('*', 'x')
}

async function ask({ http }: TestApp, { method }: Route, path: string, headers: Headers): Promise<number> {
  // HEAD of a stream ends at once, unlike GET.
  const verb = method === 'GET' && path.endsWith('/stream') ? 'HEAD' : method
  const sent = http[verb.toLowerCase() as 'get'](path).set(headers)
  const { status } = await (CHANGING.includes(method) ? sent.set('content-type', 'application/json').send('{') : sent)
  return status
}

test('every route states its scope: one that does not is for admins alone until it does', async (t) => {
  const service = await testApp(t)
  const silent = listRoutes(service).filter(({ scope }) => scope === undefined)
  assert.deepEqual(silent, [])
  t.diagnostic(`looked at ${listRoutes(service).length} routes`)
})

test('every route whose path names something is of an owner, or names what belongs to none', async (t) => {
  const any = { job: 'x', sweep: 'x', session: 'x', dataset: 'x', weights: 'x', model: 'x' }
  const naming = listRoutes(await testApp(t)).filter(({ url, scope }) => url.includes(':') && scope !== 'public')
  const lacking = naming.filter(({ url }) => fillPath(url, any) === undefined && !UNOWNED.test(url))
  assert.deepEqual(lacking, [])
  assert.ok(naming.length > 50)
  t.diagnostic(`looked at ${naming.length} routes`)
})

for (const [kind, open] of Object.entries(CALLERS))
  test(`every route refuses, by its scope, whoever may not use it with a ${kind}`, async (t) => {
    const { service, give } = await open(t)
    const keys = new Map<Scope | 'none', Headers>([['none', {}]])
    for (const scope of SCOPE_NAMES) keys.set(scope, await give([scope]))
    let cells = 0
    for (const route of listRoutes(service)) {
      const { url, method, scope = 'admin' } = route
      for (const [name, headers] of keys) {
        if (scope === 'public' && name !== 'none') continue // files, for which no key is read
        const status = await ask(service, route, fillOther(url), headers)
        const caller = { scopes: new Set(name === 'none' ? [] : [name]) }
        const isAllowed = hasScope(caller, scope)
        const expected = isAllowed ? 'an answer' : name === 'none' ? 401 : 403
        const got = isAllowed && status !== 401 && status !== 403 ? 'an answer' : status
        assert.equal(got, expected, `${method} ${url} of scope ${scope} with ${name}: ${status}`)
        cells += 1
      }
    }
    t.diagnostic(`looked at ${cells} cells of route and scope`)
    assert.ok(cells > 300)
  })

for (const [kind, open] of Object.entries(CALLERS))
  test(`what belongs to another owner is not there, by every route and with a ${kind} of every scope but admin`, async (t) => {
    const { service, give } = await open(t)
    const things = new Map<string, Things>()
    for (const owner of OWNERS) things.set(owner, await makeThings(service, await give(['submit'], owner), owner))
    const mine: Things = things.get('team-a') ?? assert.fail()
    const foreign: Things = things.get('team-b') ?? assert.fail()
    const keys = new Map<Scope, Headers>()
    for (const scope of SCOPE_NAMES) keys.set(scope, await give([scope]))
    let cells = 0
    for (const route of listRoutes(service).filter(({ scope }) => scope !== 'public')) {
      const [own, theirs] = [fillPath(route.url, mine), fillPath(route.url, foreign)]
      if (own === undefined || theirs === undefined) continue
      for (const path of [own, theirs]) {
        assert.equal(await ask(service, route, path, {}), 401, `${route.method} ${path} without a key`)
        cells += 1
      }
      for (const [scope, headers] of keys) {
        if (!hasScope({ scopes: new Set([scope]) }, route.scope ?? 'admin')) continue
        // A body at fault changes nothing, and is seen to after the owner.
        const seen = await askWell(service, route, own, headers)
        const unseen: { status: number; code: string } = await askWell(service, route, theirs, headers)
        const what = `${route.method} ${route.url} with ${scope}`
        assert.ok(!REFUSED.slice(0, 2).includes(seen.status), `${what} on one's own: ${seen.status}`)
        if (route.method === 'HEAD' && scope === 'admin') continue // whose 404 has no body to tell why
        const isHidden: boolean = unseen.status === 404 && HIDDEN.includes(unseen.code)
        if (scope === 'admin' && unseen.code === seen.code) continue // as one's own: such as a version that is not there
        assert.equal(isHidden, scope !== 'admin', `${what} on that of another: ${unseen.status} ${unseen.code}`)
        cells += 2
      }
    }
    t.diagnostic(`looked at ${cells} cells of route, scope and owner`)
    assert.ok(cells > 100)
  })

const HIDDEN = [
  'JOB_NOT_FOUND',
  'SWEEP_NOT_FOUND',
  'SESSION_NOT_FOUND',
  'DATASET_NOT_FOUND',
  'WEIGHTS_NOT_FOUND',
  'MODEL_NOT_FOUND',
]

/** A body that each route takes, where it takes one, and that changes little. */
const BODIES: Readonly<Record<string, object>> = {
  '/v1/jobs/:id/predictions': { inputs: [[0]] },
  '/v1/models/:name/predictions': { inputs: [[0]] },
  '/v1/jobs/:id/fork': { step: 1 },
  '/v1/jobs/:id/replay': { step: 1 },
  '/v1/jobs/:id/evaluations': { dataset: 'ds_00000000000000000000' },
  '/v1/jobs/:id/trace': { sample: 1 },
  '/v1/sessions/:id/sample': { inputs: [[0]] },
  '/v1/sessions/:id/forward_backward': { inputs: [[0]], targets: [0, 0] },
  '/v1/models/:name': { aliases: { a: 1 } },
  '/v1/jobs/:id/retry': { changes: { training: { max_steps: 0 } } },
}
/** Deletes nothing that has not ended, and what it deletes is not looked at any more. */
const DEADLY = ['DELETE']

async function askWell(
  { http }: TestApp,
  { method, url }: Route,
  path: string,
  headers: Headers,
): Promise<{ status: number; code: string }> {
  const verb = method === 'GET' && path.endsWith('/stream') ? 'HEAD' : method
  const query = DEADLY.includes(method) && url === '/v1/models/:name' ? '?version=9' : ''
  const sent = http[verb.toLowerCase() as 'get'](`${path}${query}`).set(headers)
  const answer = await (['POST', 'PATCH'].includes(method) ? sent.send(BODIES[url] ?? {}) : sent)
  const { code = '' } = (answer.body ?? {}) as { code?: string }
  return { status: answer.status, code: verb === 'HEAD' && answer.status === 404 ? (HIDDEN[0] ?? '') : code }
}

test('bodies and lists name what belongs to the owner alone', async (t) => {
  const service = await testApp(t, { keyPolicy: 'always' })
  const [a, b, admin] = [
    await keyOf(service, ['read', 'submit'], 'team-a'),
    await keyOf(service, ['read', 'submit'], 'team-b'),
    await keyOf(service, ['admin'], 'ops'),
  ]
  const first = await keyOf(service, ['read', 'submit'], 'default')
  const [mine, foreign] = [await makeThings(service, a, 'team-a'), await makeThings(service, b, 'team-b')]
  const old = await makeThings(service, first, 'default')
  const { http } = service
  const onForeign = { model: { cell: 'rnn' }, data: { dataset: foreign.dataset } }
  const from = (source: object) => ({ ...JOB, init_from: source })
  const refused: [path: string, body: object, code: string][] = [
    ['/v1/jobs', onForeign, 'DATASET_NOT_FOUND'],
    ['/v1/sweeps', { ...GRID, template: onForeign }, 'DATASET_NOT_FOUND'],
    [
      `/v1/jobs/${mine.job}/retry`,
      { changes: { data: { dataset: foreign.dataset, task: null } } },
      'DATASET_NOT_FOUND',
    ],
    ['/v1/models', { name: 'm', job: foreign.job }, 'JOB_NOT_FOUND'],
    ['/v1/jobs', from({ job: foreign.job }), 'JOB_NOT_FOUND'],
    ['/v1/jobs', from({ model: foreign.model, version: '1' }), 'MODEL_NOT_FOUND'],
    ['/v1/jobs', from({ weights: foreign.weights }), 'WEIGHTS_NOT_FOUND'],
    ['/v1/sweeps', { ...GRID, template: from({ weights: foreign.weights }) }, 'WEIGHTS_NOT_FOUND'],
    [`/v1/jobs/${mine.job}/retry`, { changes: { init_from: { weights: foreign.weights } } }, 'WEIGHTS_NOT_FOUND'],
  ]
  for (const [path, body, code] of refused) {
    const answer = await http.post(path).set(a).send(body)
    assert.equal((answer.body as { code: string }).code, code, `${path}: ${answer.text}`)
  }
  const lists = { jobs: 'job', sweeps: 'sweep', datasets: 'dataset', weights: 'weights', models: 'model' } as const
  let looked = 0
  for (const [path, kind] of Object.entries(lists) as [string, keyof Things][]) {
    const names = async (headers: Headers, query = '') => {
      const { body } = await http.get(`/v1/${path}?limit=100${query}`).set(headers).expect(200)
      return (body as { data: { id?: string; name: string }[] }).data.map(({ id, name }) =>
        kind === 'model' ? name : (id ?? ''),
      )
    }
    for (const [headers, things, others] of [
      [a, mine, [foreign, old]],
      [b, foreign, [mine, old]],
      [first, old, [mine, foreign]],
    ] as const) {
      const seen = await names(headers)
      assert.ok(seen.includes(things[kind]), `${path} lacks one's own`)
      for (const other of others) assert.ok(!seen.includes(other[kind]), `${path} shows what belongs to another`)
      looked += 3
    }
    const all = await names(admin)
    for (const things of [mine, foreign, old]) assert.ok(all.includes(things[kind]))
    if (kind === 'job')
      for (const query of [`&sweep=${foreign.sweep}`, `&dataset=${foreign.dataset}`, '&status=queued'])
        assert.ok(!(await names(a, query)).includes(foreign.job))
  }
  t.diagnostic(`looked at ${refused.length + looked} bodies and lists`)
})

test('an Idempotency-Key and the name of an upload are of one owner', async (t) => {
  const service = await testApp(t)
  const [a, b] = [
    await keyOf(service, ['read', 'submit'], 'team-a'),
    await keyOf(service, ['read', 'submit'], 'team-b'),
  ]
  const post = async (headers: Headers) => {
    const answer = await service.http
      .post('/v1/jobs')
      .set({ ...headers, 'idempotency-key': 'same' })
      .send(JOB)
      .expect(201)
    return (answer.body as Job).id
  }
  const [first, second] = [await post(a), await post(b)]
  assert.notEqual(first, second)
  assert.equal(await post(a), first)
  const part = { 'content-type': 'application/octet-stream', 'upload-offset': '0' }
  await service.http
    .patch('/v1/uploads/same')
    .set({ ...a, ...part })
    .send(Buffer.from('secret'))
    .expect(200)
  const seen = (await service.http.get('/v1/uploads/same').set(b).expect(200)).body as { offset: number; key: string }
  assert.deepEqual([seen.offset, seen.key], [0, 'same'])
})

test('a name of a model that another owner has is refused, and the model stays as it is', async (t) => {
  const service = await testApp(t)
  const headers = await keyOf(service, ['submit'], 'team-a')
  await makeThings(service, headers, 'team-a')
  const before = await service.store.models.get('model-of-team-a')
  const [version] = before.versions
  if (version === undefined) assert.fail()
  await assert.rejects(service.store.models.register(before.name, { ...version, aliases: [] }, 'team-b'), {
    code: 'MODEL_NAME_TAKEN',
  })
  assert.deepEqual(await service.store.models.get(before.name), before)
})
