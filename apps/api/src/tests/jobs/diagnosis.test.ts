import { Diagnosis, Matrix, Probe, parseJobSpec, type LayerFlow, type RecordedFinding } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JOB, assertMatches, assertProblem, testApp, type TestApp } from '../../testing/app.ts'

const NO_JOB = 'job_00000000000000000000'

/** A job that a worker trains, with flow of T = 20 whose norm falls by `ratio` a step back, at some steps. */
async function trained(
  { http, store }: TestApp,
  body: object,
  flow: { step: number; ratio: number; probe: boolean }[],
) {
  const { body: job } = await http
    .post('/v1/jobs')
    .send({ ...JOB, sequence_length: 20, ...body })
    .expect(201)
  const { id } = job as { id: string }
  const claim = await store.jobs.claim(id, 'wrk_1')
  assert.ok('epoch' in claim)
  await store.jobs.move(id, claim.epoch, 'running')
  const rows = flow.map(({ step, ratio, probe }) => ({ step, series: { loss: 1 }, flow: [layer(ratio, probe)] }))
  if (rows.length > 0) await store.metrics.append(id, claim.epoch, { firstSeq: 1, rows })
  await store.jobs.heartbeat(id, claim.epoch, { step: rows.at(-1)?.step ?? 0 })
  return { id, epoch: claim.epoch }
}

function layer(ratio: number, isProbe: boolean): LayerFlow {
  const norms = Float32Array.from({ length: 20 }, (_, at) => 1 + (19 - at) * Math.log10(ratio))
  return isProbe ? { h: new Float32Array(20), probe: norms } : { h: norms }
}

test('GET /v1/jobs/{id}/probe gives φ(k), β and horizon of the newest step, or of a given one', async (t) => {
  const app = await testApp(t)
  const at = (step: number, ratio: number) => ({ step, ratio, probe: false })
  const { id } = await trained(app, {}, [at(1, 0.5), at(10, 0.6), at(20, 0.7)])
  const get = async (query: object) => {
    const { body } = await app.http.get(`/v1/jobs/${id}/probe`).query(query).expect(200)
    assertMatches(Probe, body)
    const { step, layers, timesteps } = body as Probe
    const [first] = layers
    assert.deepEqual([timesteps, first?.log10_phi.length, first?.log10_phi[0]], [20, 20, 1])
    return [step, Number(first?.beta?.toFixed(4)), first?.horizon]
  }
  assert.deepEqual(await get({}), [20, 0.7, 13])
  assert.deepEqual(await get({ step: 19 }), [10, 0.6, 10])
  assert.deepEqual(await get({ step: 9 }), [1, 0.5, 7])
  assert.deepEqual(await get({ step: 9, epsilon: 0.4 }), [1, 0.5, 2])
  const { header } = await app.http.get(`/v1/jobs/${id}/probe`)
  await app.http.get(`/v1/jobs/${id}/probe`).set('if-none-match', String(header['etag'])).expect(304)
})

test('GET /v1/jobs/{id}/probe of a loss at every step takes the probe flow, not the flow', async (t) => {
  const app = await testApp(t)
  const job = { data: { task: 'copy', length: 5 }, observe: { probe_every: 10, flow_every: 5 } }
  const { id } = await trained(app, job, [
    { step: 10, ratio: 0.9, probe: true },
    { step: 15, ratio: 0.5, probe: false },
  ])
  const { body } = await app.http.get(`/v1/jobs/${id}/probe`).expect(200)
  const { step, layers } = body as Probe
  assert.deepEqual([step, layers[0]?.beta?.toFixed(4), layers[0]?.horizon], [10, '0.9000', null])
})

test('GET /v1/jobs/{id}/probe where nothing was observed has no layers', async (t) => {
  const app = await testApp(t)
  for (const body of [{}, { data: { task: 'copy', length: 5 } }]) {
    const { id } = await trained(app, { ...body, observe: { flow_every: 0 } }, [])
    const answer = await app.http.get(`/v1/jobs/${id}/probe`).expect(200)
    assert.deepEqual(answer.body, { object: 'probe', step: null, epsilon: 0.01, timesteps: 0, layers: [] })
  }
})

test('GET /v1/jobs/{id}/matrix gives the newest matrix, or the newest up to a step, as JSON and as CSV', async (t) => {
  const app = await testApp(t)
  const { id, epoch } = await trained(app, { observe: { matrix_every: 10 } }, [])
  const path = `/v1/jobs/${id}/matrix`
  const nothing = await app.http.get(path).expect(200)
  assert.deepEqual(nothing.body, { object: 'matrix', step: null, timesteps: 0, layers: [] })
  const rows = [1, 10, 13].map((step) => ({
    step,
    series: { loss: 1 },
    flow: [
      {
        h: Float32Array.of(-step, 0, 0),
        ...(step < 13 && { sources: Float32Array.of(2, 3), matrix: Float32Array.of(-3, -2, -Infinity, -4, -step, -2) }),
      },
    ],
  }))
  await app.store.metrics.append(id, epoch, { firstSeq: 1, rows })
  await app.store.jobs.heartbeat(id, epoch, { step: 13 })
  for (const [query, step] of [
    [{}, 10],
    [{ step: 9 }, 1],
  ] as const) {
    const { body, header } = await app.http.get(path).query(query).expect(200)
    assertMatches(Matrix, body)
    const matrix = [
      [-3, -2, '-Infinity'],
      [-4, -step, -2],
    ]
    const layers = [{ layer: 0, sources: [2, 3], log10_norm: matrix, flow: [-step, 0, 0] }]
    assert.deepEqual(body, { object: 'matrix', step, timesteps: 3, layers })
    await app.http.get(path).query(query).set('if-none-match', String(header['etag'])).expect(304)
  }
  const { text } = await app.http.get(path).set('accept', 'text/csv').expect(200)
  assert.deepEqual(text.trim().split(/\r?\n/).slice(0, 4), [
    'step,layer,source,timestep,log10_norm',
    '10,0,2,1,-3',
    '10,0,2,2,-2',
    '10,0,2,3,-Infinity',
  ])
})

test('GET /v1/jobs/{id}/probe refuses what is no step or no ε, by name', async (t) => {
  const { http } = await testApp(t)
  const { body, status, type } = await http.get(`/v1/jobs/${NO_JOB}/probe?step=0&epsilon=1`)
  const { errors } = assertProblem({ body: body as unknown, status, type }, 'INVALID_REQUEST')
  assert.deepEqual(
    errors?.map(({ pointer }) => pointer),
    ['step', 'epsilon'],
  )
})

const FINDING: RecordedFinding = {
  code: 'exploding',
  first_step: 7,
  until_step: 9,
  evidence: { layer: 0, timestep: 3, from_step: 1, to_step: 7, figures: { loss: 'Infinity' } },
  advice: 'Clip.',
  changes: { clipping: { policy: 'norm', threshold: 0.5 } },
}

test('GET /v1/jobs/{id}/diagnosis gives findings, those that hold first, with specifications that can be posted', async (t) => {
  const app = await testApp(t)
  const { id, epoch } = await trained(app, { clipping: { policy: 'none' } }, [])
  await app.store.findings.record(id, epoch, FINDING)
  await app.store.findings.record(id, epoch, { ...FINDING, code: 'vanishing', until_step: null, changes: null })
  const { body } = await app.http.get(`/v1/jobs/${id}/diagnosis`).expect(200)
  assertMatches(Diagnosis, body)
  const { findings } = body as Diagnosis
  assert.deepEqual(
    findings.map(({ code, title }) => [code, title]),
    [
      ['vanishing', 'The gradient vanishes'],
      ['exploding', 'The gradient explodes'],
    ],
  )
  assert.equal(findings[0]?.proposed_spec, null)
  assert.equal(findings[0]?.proposed_with, null)
  const proposed = findings[1]?.proposed_spec
  assert.deepEqual(proposed?.clipping, { policy: 'norm', threshold: 0.5, nonfinite: 'fail' })
  assert.match(proposed?.name ?? '', / → norm, threshold 0.5$/)
  assert.equal(proposed?.metadata['proposed_from'], id)
  const parsed = parseJobSpec(proposed)
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.value, proposed, 'nothing is left to default')
  const posted = await app.http.post('/v1/jobs').send(proposed).expect(201)
  assert.deepEqual((posted.body as { spec: unknown }).spec, proposed)
})

test('GET /v1/jobs/{id}/diagnosis proposes once what two findings propose, and cuts a long name between characters', async (t) => {
  const app = await testApp(t)
  const { id, epoch } = await trained(app, { name: '🜂'.repeat(64), clipping: { policy: 'none' } }, [])
  await app.store.findings.record(id, epoch, FINDING)
  await app.store.findings.record(id, epoch, { ...FINDING, code: 'vanishing' })
  const { body } = await app.http.get(`/v1/jobs/${id}/diagnosis`).expect(200)
  const [first, second] = (body as Diagnosis).findings
  assert.deepEqual([second?.proposed_spec, second?.proposed_with], [null, first?.code])
  const name = first?.proposed_spec?.name ?? ''
  assert.ok(name.length <= 128, name)
  assert.match(name, /^(🜂)+ → norm, threshold 0.5$/u)
})

test('GET /v1/jobs/{id}/diagnosis of a job not yet trained is empty, and of an unknown one 404', async (t) => {
  const { http } = await testApp(t)
  const { body: job } = await http.post('/v1/jobs').send(JOB).expect(201)
  const { id } = job as { id: string }
  const { body } = await http.get(`/v1/jobs/${id}/diagnosis`).expect(200)
  const { findings, rules } = body as Diagnosis
  assert.deepEqual(findings, [])
  assertMatches(Diagnosis, body)
  assert.deepEqual(new Set(rules.map(({ status }) => status)), new Set(['too_early', 'not_measured']))
  assert.equal(
    rules.find(({ code }) => code === 'saturated_units')?.why,
    'saturation is not measured: set observe.saturation_every',
  )
  for (const route of ['diagnosis', 'probe']) {
    const answer = await http.get(`/v1/jobs/${NO_JOB}/${route}`)
    assertProblem({ body: answer.body as unknown, status: answer.status, type: answer.type }, 'JOB_NOT_FOUND')
  }
})
