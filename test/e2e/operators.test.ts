import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import { pollToTheEnd, smallJob, untilJob } from './jobs.ts'
import { freePort } from './ports.ts'
import { findProgram, lintMetrics, NO_PROMETHEUS, startPrometheus } from './prometheus.ts'
import { eventually, startService, type Service } from './service.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const GRAFANA = new URL('../../../deploy/grafana/unroll.json', import.meta.url)
const RULES = new URL('../../../deploy/prometheus/rules.yml', import.meta.url)
const STEPS = 30

interface SentSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: Record<string, unknown> }[]
  events: { name: string }[]
}

/** An OpenTelemetry collector that keeps the spans it is sent. */
async function collect(spans: SentSpan[]): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[]
      }
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

/** What a Prometheus knows of a target. */
interface Target {
  labels: { job: string }
  health: string
  lastError: string
}

/** What it knows of a rule. */
interface Rule {
  name: string
  health: string
  state: string
}

describe('what operators watch, with real processes', { concurrency: false }, () => {
  const spans: SentSpan[] = []
  let collector: Server
  let service: Service
  let workerPort: number
  before(async () => {
    const { server, port } = await collect(spans)
    collector = server
    workerPort = await freePort()
    service = await startService({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      UNROLL_METRICS_PORT: String(workerPort),
    })
  })
  after(async () => {
    assert.equal(await service.stop(), 0, service.output())
    collector.closeAllConnections()
    collector.close()
  })

  async function metrics(): Promise<{ api: string; worker: string }> {
    const [api, worker] = await Promise.all([
      fetch(`${service.url}/metrics`).then((answer) => answer.text()),
      fetch(`http://127.0.0.1:${workerPort}/metrics`).then((answer) => answer.text()),
    ])
    return { api, worker }
  }

  test('a job is one trace from the request to its attempt, and counted by API and worker', async () => {
    const { body } = await supertest(service.url)
      .post('/v1/jobs')
      .set('traceparent', `00-${TRACE}-b7ad6b7169203331-01`)
      .send(smallJob(STEPS))
      .expect(201)
    const { id } = body as { id: string }
    await pollToTheEnd(service.url, id)
    await untilJob(service.url, id, 'ends', ({ finished_at }) => finished_at !== null)

    const [request, attempt] = await eventually('both spans are sent', () => {
      const found = ['POST /v1/jobs', 'attempt'].map((name) => spans.find((span) => span.name === name))
      return found.every((span) => span !== undefined) ? found : undefined
    })
    assert.deepEqual([request?.traceId, attempt?.traceId], [TRACE, TRACE])
    assert.equal(attempt?.parentSpanId, request?.spanId)
    assert.deepEqual(
      attempt?.events.map(({ name }) => name),
      ['training'],
    )

    const told = (span: SentSpan | undefined) =>
      span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]])
    assert.ok(JSON.stringify(told(attempt)).includes('["unroll.end","succeeded"]'), JSON.stringify(told(attempt)))
    assert.ok(
      JSON.stringify(told(request)).includes('["http.response.status_code",201]'),
      JSON.stringify(told(request)),
    )

    const { api, worker } = await metrics()
    assert.match(api, /^unroll_store_up 1$/m)
    assert.match(api, /^unroll_jobs\{status="succeeded"\} 1$/m)
    assert.match(api, /^unroll_worker_slots\{state="(?:free|busy)",accelerator="cpu"\} 1$/m)
    assert.match(worker, new RegExp(`^unroll_step_seconds_count ${STEPS}$`, 'm'))
    assert.match(worker, /^unroll_queue_wait_seconds_count 1$/m)
    assert.match(worker, /^unroll_frames_total\{answer="stored"\} [1-9]\d*$/m)
    assert.match(worker, /^unroll_attempts_total\{end="succeeded"\} 1$/m)
    assert.match(worker, /^unroll_spool_rows 0$/m)
  })

  test('every metric that the Grafana dashboard draws is there', async (t) => {
    const { panels } = JSON.parse(await readFile(GRAFANA, 'utf8')) as { panels: { targets: { expr: string }[] }[] }
    const asked = panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/\b(?:unroll|process)_\w+/g) ?? []),
    )
    const { api, worker } = await metrics()
    const names = new Set(asked)
    assert.ok(names.size >= 10)
    t.diagnostic(`${names.size} metrics in ${panels.length} panels`)
    for (const name of names) {
      const family = name.replace(/_(?:bucket|count|sum)$/, '')
      assert.ok(`${api}${worker}`.includes(`# TYPE ${family} `), name) // those of GPUs have no values here
    }
  })

  test('promtool has nothing to say against the metrics of API and worker', async (t) => {
    const promtool = await findProgram('promtool')
    if (promtool === undefined) return t.skip(NO_PROMETHEUS)
    const pages = await metrics()
    for (const [from, page] of Object.entries(pages)) {
      const families = page.match(/^# TYPE /gm) ?? []
      t.diagnostic(`${families.length} metrics of ${from}`)
      assert.ok(families.length >= 10)
      assert.equal(lintMetrics(promtool, page), '', from)
    }
    assert.match(lintMetrics(promtool, `${pages.api}# TYPE unroll_mb gauge\nunroll_mb 1\n`), /no help text/)
    return undefined
  })

  test('a Prometheus scrapes API and worker and evaluates the alerting rules, and none of them fires', async (t) => {
    const program = await findProgram('prometheus')
    if (program === undefined) return t.skip(NO_PROMETHEUS)
    const targets = { 'unroll-api': new URL(service.url).host, 'unroll-worker': `127.0.0.1:${workerPort}` }
    const prometheus = await startPrometheus(program, await freePort(), targets)
    t.after(() => prometheus.stop())
    const scraped = await eventually('both are scraped', async () => {
      const data = await prometheus.ask<{ activeTargets: Target[] }>('targets').catch(() => undefined)
      const active = data?.activeTargets ?? []
      return active.length === 2 && active.every(({ health }) => health !== 'unknown') ? active : undefined
    })
    for (const { labels, health, lastError } of scraped)
      assert.deepEqual({ health, lastError }, { health: 'up', lastError: '' }, labels.job)
    const rules = await eventually('every rule is evaluated', async () => {
      const { groups } = await prometheus.ask<{ groups: { rules: Rule[] }[] }>('rules')
      const found = groups.flatMap((group) => group.rules)
      return found.length > 0 && found.every(({ health }) => health !== 'unknown') ? found : undefined
    })
    t.diagnostic(`${rules.length} rules`)
    for (const { name, health, state } of rules)
      assert.deepEqual({ health, isFiring: state === 'firing' }, { health: 'ok', isFiring: false }, name)

    const text = await readFile(RULES, 'utf8')
    const named = new Set((text.match(/\bunroll_\w+/g) ?? []).map((name) => name.replace(/_(?:bucket|count|sum)$/, '')))
    assert.ok(named.size >= 5)
    const known = await prometheus.ask<Record<string, unknown>>('metadata')
    for (const name of named) assert.ok(name in known, `a rule is about ${name}, which nobody tells of`)
    return undefined
  })
})
