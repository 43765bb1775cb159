import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACCELERATOR_CLASSES, type Job, type QueueState } from '@unroll/contract'
import { openStore } from '@unroll/store'
import { call } from './api.ts'
import { bench, count } from './command.ts'
import { startService, type Service } from './service.ts'

const READS = 300
const WAVE_MS = 10_000 // of watching, in which the API's own checks of the queue come round several times

const COMMAND = {
  name: 'queue',
  question:
    'How does the service bear a long queue? Posts jobs over HTTP to an API process of its own, with no worker, then reads lists, jobs and the queue, and compares what the records say with what BullMQ counts. Prints one JSON line.',
  options: {
    jobs: count(10_000, 'that wait'),
    senders: count(500, 'requests at a time'),
  },
} as const

await bench(COMMAND, async (load) => {
  const service = await startService()
  try {
    process.stdout.write(`${JSON.stringify(await measure(service, load))}\n`)
  } finally {
    await service.stop()
  }
})

interface Load {
  jobs: number
  senders: number
}

/** Posts all jobs, `senders` requests at a time, and gives their ids. */
async function postAll(base: string, { jobs, senders }: Load): Promise<string[]> {
  const ids: string[] = []
  let next = 0
  const sender = async () => {
    for (let at = next++; at < jobs; at = next++) {
      const accelerator = ACCELERATOR_CLASSES[at % ACCELERATOR_CLASSES.length]
      const job = {
        model: { cell: 'rnn' },
        data: { task: 'adding' },
        priority: 1 + (at % 100),
        resources: { accelerator },
      }
      ids.push((await call<Job>(`${base}/v1/jobs`, job)).id)
    }
  }
  await Promise.all(Array.from({ length: senders }, sender))
  return ids
}

/** Milliseconds that `READS` reads in a row take each: median, and what 99 of 100 stay below. */
async function latency(urlOf: (at: number) => string): Promise<{ p50_ms: number; p99_ms: number }> {
  const times: number[] = []
  for (let at = 0; at < READS; at++) {
    const since = performance.now()
    await call(urlOf(at))
    times.push(performance.now() - since)
  }
  times.sort((a, b) => a - b)
  const quantile = (share: number) => Number((times[Math.floor(share * READS)] ?? 0).toFixed(1))
  return { p50_ms: quantile(0.5), p99_ms: quantile(0.99) }
}

/** Depth of each line by the records, held against what BullMQ counts. */
async function agreement(base: string, redisUrl: string): Promise<Record<string, number>> {
  const store = await openStore({ url: redisUrl })
  try {
    const [{ lines }, counted] = await Promise.all([call<QueueState>(`${base}/v1/queue`), store.queue.deliveries()])
    for (const { accelerator, depth } of lines) assert.equal(counted[accelerator].waiting, depth, accelerator)
    return Object.fromEntries(lines.map(({ accelerator, depth }) => [accelerator, depth]))
  } finally {
    await store.close()
  }
}

async function measure({ base, redisUrl }: Service, { jobs, senders }: Load): Promise<object> {
  const since = performance.now()
  const ids = await postAll(base, { jobs, senders })
  const seconds = (performance.now() - since) / 1000
  const before = await call<QueueState>(`${base}/v1/queue`)
  assert.equal(before.jobs.queued, jobs)
  await sleep(WAVE_MS)
  const any = (at: number) => ids[Math.floor((at / READS) * ids.length)] ?? ''
  return {
    jobs,
    senders,
    jobs_per_second: Number((jobs / seconds).toFixed(0)),
    list_100: await latency(() => `${base}/v1/jobs?limit=100`),
    list_queued_20: await latency(() => `${base}/v1/jobs?status=queued`),
    position: await latency((at) => `${base}/v1/jobs/${any(at)}`),
    queue: await latency(() => `${base}/v1/queue`),
    depth_as_bullmq_counts: await agreement(base, redisUrl),
  }
}
