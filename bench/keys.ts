// Two services at rest, of which one asks for keys, are polled in turns: what else the machine does bears on both.

import { Agent, get } from 'node:http'
import type { Job, NewApiKey } from '@unroll/contract'
import { call } from './api.ts'
import { bench, count } from './command.ts'
import { outOption, report } from './results.ts'
import { startService } from './service.ts'
import { keysTable, type KeysResult } from './tables/keys.ts'
import { median, rounded } from './timing.ts'

const JOB = { model: { cell: 'lstm' }, data: { task: 'adding' } }
/** Requests that are under way at a time. */
const CLIENTS = 16

const COMMAND = {
  name: 'keys',
  question: 'What do keys cost a service that is polled? CPU of the API process for a poll, with keys against without.',
  options: {
    rounds: count(30, 'pairs of blocks; the median of their ratios counts'),
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
  const services = [await startService(), await startService()] as const
  try {
    const [open, keyed] = await Promise.all([readyToPoll(services[0].base, false), readyToPoll(services[1].base, true)])
    const pairs: [without: number, withKeys: number][] = []
    for (const place of [open, keyed]) await cpuOfPoll(place, polls) // compiled by now
    for (let round = 0; round < rounds; round++) {
      const turns = round % 2 === 0 ? [open, keyed] : [keyed, open]
      const [first, second] = [await cpuOfPoll(turns[0] ?? open, polls), await cpuOfPoll(turns[1] ?? keyed, polls)]
      pairs.push(round % 2 === 0 ? [first, second] : [second, first])
    }
    const cpu_us = [median(pairs.map(([one]) => one)), median(pairs.map(([, other]) => other))] as const
    const ratio = median(pairs.map(([without, withKeys]) => withKeys / without))
    const figures = {
      rounds,
      polls,
      cpu_us: [rounded(cpu_us[0], 1), rounded(cpu_us[1], 1)] as const,
      ratio: rounded(ratio, 3),
    }
    report<Omit<KeysResult, 'date' | 'machine'>>(out, { versions: {}, ...figures }, keysTable)
  } finally {
    for (const { stop } of services) await stop()
  }
})

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
