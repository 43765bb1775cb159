// Services at rest, of which one asks for keys, are polled in turns: what else the machine does bears on all. Two of them ask for
// none: how far these differ is how far the figure can be trusted.

import { Agent, get } from 'node:http'
import type { Job, NewApiKey } from '@unroll/contract'
import { call } from './api.ts'
import { bench, count } from './command.ts'
import { outOption, report } from './results.ts'
import { startService, type Service } from './service.ts'
import { keysTable, type KeysResult } from './tables/keys.ts'
import { median, rounded } from './timing.ts'

const JOB = { model: { cell: 'lstm' }, data: { task: 'adding' } }
/** Requests that are under way at a time. */
const CLIENTS = 16
/** Polls are counted, and not refused. */
const LIMITS = { UNROLL_LIMITS: 'reads=1000000000' }

const COMMAND = {
  name: 'keys',
  question:
    'What do keys and their limits cost a service that is polled? CPU of the API process for a poll, with keys against without, and without against without.',
  options: {
    rounds: count(30, 'rounds of a block of each; the median of their ratios counts'),
    polls: count(2_000, 'polls of a block'),
    out: outOption('keys'),
  },
} as const

interface Polled {
  path: string
  base: string
  agent: Agent
  headers: Record<string, string>
}

await bench(COMMAND, async ({ rounds, polls, out }) => {
  const services: Service[] = []
  try {
    for (const api of [{}, {}, LIMITS]) services.push(await startService({ api }))
    const places = await Promise.all(services.map(({ base }, place) => readyToPoll(base, place === 2)))
    for (const place of places) await cpuOfPoll(place, polls) // compiled by now
    const found: number[][] = []
    for (let round = 0; round < rounds; round++) found.push(await measureRound(places, round, polls))
    const [without = NaN, again = NaN, withKeys = NaN] = places.map((_, at) =>
      median(found.map((cpu) => cpu[at] ?? NaN)),
    )
    const against = (at: number) => rounded(median(found.map((cpu) => (cpu[at] ?? NaN) / (cpu[0] ?? NaN))), 3)
    const cpu_us = [rounded(without, 1), rounded(again, 1), rounded(withKeys, 1)] as const
    const figures = { rounds, polls, cpu_us, control: against(1), ratio: against(2) }
    report<Omit<KeysResult, 'date' | 'machine'>>(out, { versions: {}, ...figures }, keysTable)
  } finally {
    for (const { stop } of services) await stop()
  }
})

/** CPU of a poll of each place, of which each round begins with another. */
async function measureRound(places: readonly Polled[], round: number, polls: number): Promise<number[]> {
  const cpu = places.map(() => NaN)
  const turns = [...places.entries()].toSorted(
    ([a], [b]) => ((a + round) % places.length) - ((b + round) % places.length),
  )
  for (const [at, place] of turns) cpu[at] = await cpuOfPoll(place, polls)
  return cpu
}

async function readyToPoll(base: string, isKeyed: boolean): Promise<Polled> {
  const { id } = await call<Job>(`${base}/v1/jobs`, JOB)
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const place = { path: `/v1/jobs/${id}/metrics?series=loss,grad_norm`, base, agent, headers: {} }
  if (!isKeyed) return place
  const { key } = await call<NewApiKey>(`${base}/v1/keys`, { name: 'bench', scopes: ['read', 'operate'] })
  return { ...place, headers: { authorization: `Bearer ${key}` } }
}

/** CPU that the API process takes for a poll, in microseconds. */
async function cpuOfPoll(place: Polled, polls: number): Promise<number> {
  const before = await cpuOf(place)
  let left = polls
  const client = async () => {
    while (left-- > 0) await poll(place)
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return (1e6 * ((await cpuOf(place)) - before)) / polls
}

/** Seconds of CPU of the API process so far. */
async function cpuOf({ base, headers }: Polled): Promise<number> {
  const text = await (await fetch(`${base}/metrics`, { headers })).text()
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1] ?? NaN)
}

function poll({ base, path, agent, headers }: Polled): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(`${base}${path}`, { agent, headers }, (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`Got ${response.statusCode} from ${path}`)),
      )
    })
    request.on('error', reject)
  })
}
