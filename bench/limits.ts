// One key keeps to its limits and polls. Another sends twice as much as it may; then clients hold connections without end.

import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, NewApiKey } from '@unroll/contract'
import { bench, count } from './command.ts'
import { HarmfulClients } from './load/harm.ts'
import { outOption, report } from './results.ts'
import { startService, type Service } from './service.ts'
import { limitsTable, type LimitsResult, type PollTimes } from './tables/limits.ts'
import { quantile, rounded } from './timing.ts'

const JOB = { model: { cell: 'lstm' }, data: { task: 'adding' } }
const WINDOW_MS = 60_000
const POLL_EVERY_MS = 20
const MIB = 2 ** 20
const HELD = { idle: 1_000, slowBodies: 50, unread: 50 }
const PROBE_MS = 5

const COMMAND = {
  name: 'limits',
  question:
    'What do others feel of a key at twice its limit, and of clients that hold connections? Polls of another key, 50 a second, and what is held.',
  options: {
    limit: count(6_000, 'requests a minute that the greedy key may send'),
    seconds: count(60, 'of each part'),
    out: outOption('limits'),
  },
} as const

await bench(COMMAND, async ({ limit, seconds, out }) => {
  const service = await startService()
  try {
    const admin = await makeKey(service, {}, { scopes: ['admin'] })
    const polite = await makeKey(service, admin, { limits: { reads: 1e9 } })
    const greedy = await makeKey(service, admin, {
      limits: { reads: limit, uploads: HELD.slowBodies, streams: HELD.unread },
    })
    const { id } = (await post(service, '/v1/jobs', JOB, polite)) as Job
    const path = `/v1/jobs/${id}`
    await poll(service, { path, headers: polite, forMs: 5_000 }) // compiled by now
    const quiet = await poll(service, { path, headers: polite, forMs: seconds * 1_000 })

    const [beside, { answered, recovery_ms }] = await Promise.all([
      poll(service, { path, headers: polite, forMs: WINDOW_MS }),
      overask(service, path, greedy, limit),
    ])
    const harmful = new HarmfulClients(service.base, greedy['authorization'] ?? '')
    const before = await readRss(service, admin)
    harmful.start(HELD, id)
    const held = await poll(service, { path, headers: polite, forMs: seconds * 1_000 })
    const during = await readRss(service, admin)
    harmful.stop()
    await poll(service, { path, headers: polite, forMs: seconds * 1_000 })
    const rss_mib = [before, during, await readRss(service, admin)] as const
    const figures = {
      seconds,
      limit,
      answered,
      polls: { quiet, greedy: beside, held },
      recovery_ms,
      rss_mib,
      held: HELD,
    }
    report<Omit<LimitsResult, 'date' | 'machine'>>(out, { versions: {}, ...figures }, limitsTable)
  } finally {
    await service.stop()
  }
})

type Headers = Record<string, string>

async function makeKey(service: Service, admin: Headers, request: object): Promise<Headers> {
  const body = { name: 'bench', scopes: ['read', 'submit'], ...request }
  const { key } = (await post(service, '/v1/keys', body, admin)) as NewApiKey
  return { authorization: `Bearer ${key}` }
}

async function post({ base }: Service, path: string, body: object, headers: Headers): Promise<unknown> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
  const response = await fetch(`${base}${path}`, init)
  if (!response.ok) throw new Error(`Got ${response.status} from ${path}: ${await response.text()}`)
  return await response.json()
}

/** Polls at a fixed rate, whatever the answers take: one that waits does not spare the service the next. */
async function poll(
  service: Service,
  { path, headers, forMs }: { path: string; headers: Headers; forMs: number },
): Promise<PollTimes> {
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  const open: Promise<void>[] = []
  const start = performance.now()
  for (let n = 0; n * POLL_EVERY_MS < forMs; n += 1) {
    await sleep(Math.max(0, start + n * POLL_EVERY_MS - performance.now()))
    const sent = performance.now()
    open.push(
      ask(service, path, agent, headers).then((status) => {
        if (status !== 200) throw new Error(`Got ${status} from ${path}`)
        return void times.push(performance.now() - sent)
      }),
    )
  }
  await Promise.all(open)
  agent.destroy()
  return { p50_ms: rounded(quantile(times, 0.5), 2), p99_ms: rounded(quantile(times, 0.99), 2) }
}

/** Sends twice as many requests as are allowed in a window, and then until one is answered again. */
async function overask(
  service: Service,
  path: string,
  headers: Headers,
  limit: number,
): Promise<Pick<LimitsResult, 'answered' | 'recovery_ms'>> {
  const agent = new Agent({ keepAlive: true })
  const everyMs = (0.9 * WINDOW_MS) / (2 * limit) // all of them before the window ends
  const statuses: Promise<number>[] = []
  const start = performance.now()
  for (let n = 0; n < 2 * limit; n += 1) {
    const ahead = start + n * everyMs - performance.now()
    if (ahead > 1) await sleep(ahead)
    statuses.push(ask(service, path, agent, headers))
  }
  const answered = (await Promise.all(statuses)).filter((status) => status === 200).length
  while ((await ask(service, path, agent, headers)) !== 200) await sleep(PROBE_MS)
  const recovery_ms = rounded(performance.now() - start - WINDOW_MS, 0)
  agent.destroy()
  return { answered, recovery_ms }
}

function ask({ base }: Service, path: string, agent: Agent, headers: Headers): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${base}${path}`, { agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    }).once('error', reject)
  })
}

async function readRss({ base }: Service, headers: Headers): Promise<number> {
  const text = await (await fetch(`${base}/metrics`, { headers })).text()
  return Math.round(Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1] ?? NaN) / MIB)
}
