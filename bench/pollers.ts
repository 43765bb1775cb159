// The clients are this process; the API, Redis and the worker with the two runs are processes of their own.

import { loadavg } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@unroll/contract'
import { call, untilJob } from './api.ts'
import { bench, choice, count, text } from './command.ts'
import { Listener } from './load/listener.ts'
import { Poller } from './load/poller.ts'
import { RudeClients } from './load/rude.ts'
import { Tally } from './load/tally.ts'
import { outOption, report } from './results.ts'
import { startService, type Service } from './service.ts'
import { pollersTable, type PollersResult, type Vitals } from './tables/pollers.ts'
import { quantile, rounded } from './timing.ts'

/** Clients whose rows are looked at, one of so many: reading JSON is the clients' cost, not the service's. */
const CHECKED_OF = 40
const STALLING = 20
/** Time in which all pollers arrive. */
const ARRIVAL_MS = 10_000
const STOP_MS = 60_000
const JOBS = 2

const COMMAND = {
  name: 'pollers',
  question:
    'How do thousands who watch two runs bear on one API process? Pollers at 1 Hz, streams, and clients that stall and vanish.',
  options: {
    pollers: count(2_000, 'clients that poll once a second'),
    streams: count(200, 'clients with an open stream'),
    seconds: count(300, 'of load'),
    alone: count(60, 'seconds that the runs train before, watched by nobody'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what the runs are trained on'),
    note: text('TEXT', 'how it was run, kept with the result', ''),
    out: outOption('pollers'),
  },
} as const

/** Trains until it is cancelled. */
const JOB = {
  model: { cell: 'lstm', hidden_size: 64, layers: 2 },
  data: { task: 'adding' },
  sequence_length: 50,
  training: { batch_size: 32, max_steps: 10_000_000 },
}

await bench(COMMAND, async ({ pollers, streams, seconds, alone, engine, note, out }) => {
  const service = await startService({ worker: { UNROLL_ENGINE: engine, UNROLL_SLOTS: String(JOBS) } })
  process.stderr.write(`API process ${service.pid}, clients ${process.pid}\n`)
  try {
    const figures = await measure(service, { pollers, streams, seconds, alone })
    report<Omit<PollersResult, 'date' | 'machine'>>(out, { versions: {}, note, ...figures }, pollersTable)
  } finally {
    await service.stop()
  }
})

interface Load {
  pollers: number
  streams: number
  seconds: number
  alone: number
}

async function measure(
  service: Service,
  { pollers, streams, seconds, alone }: Load,
): Promise<Omit<PollersResult, 'date' | 'machine' | 'versions' | 'note'>> {
  const { base } = service
  const jobs = await Promise.all(Array.from({ length: JOBS }, () => running(base)))
  const jobOf = (nth: number) => jobs[nth % JOBS] ?? ''
  const watchedByNobody = await stepsPerSecond(base, jobs, () => sleep(1_000 * alone))
  const before = loadavg()[0] ?? NaN
  const vitals = [await vitalsOf(base, 0)]
  const tally = new Tally()
  const lag = monitorEventLoopDelay({ resolution: 10 })
  lag.enable()

  const polling = Array.from({ length: pollers }, (_, nth) => {
    const poller = new Poller(base, jobOf(nth), { tally, checks: nth % CHECKED_OF < JOBS })
    poller.start((nth / pollers) * ARRIVAL_MS)
    return poller
  })
  const listening = Array.from(
    { length: streams },
    (_, nth) => new Listener(base, jobOf(nth), { tally, checks: nth % CHECKED_OF < JOBS }),
  )
  const rude = new RudeClients(base, jobOf(0))
  rude.start(STALLING)

  const p99_by_minute: number[] = []
  const watched = await stepsPerSecond(base, jobs, async () => {
    for (let at = 0; at < seconds; at += 60) {
      const first = tally.times.length
      await sleep(1_000 * Math.min(60, seconds - at))
      p99_by_minute.push(rounded(quantile(tally.times.slice(first), 0.99), 1))
      vitals.push(await vitalsOf(base, rounded(Math.min(at + 60, seconds) / 60, 2)))
    }
  })
  for (const poller of polling) poller.stop()
  rude.stop()
  const load_average = [rounded(before, 1), rounded(loadavg()[0] ?? NaN, 1)] as const
  const rows_trained = await cancelled(base, jobs)
  await untilEnded(listening)
  lag.disable()
  await sleep(2_000) // for sockets to be closed
  return {
    seconds,
    pollers,
    streams,
    load_average,
    steps_per_second: [watchedByNobody, watched],
    ...figuresOf(tally, seconds),
    p99_by_minute,
    client_lag_p99_ms: rounded(lag.percentile(99) / 1e6 - 10, 1),
    messages: added(listening.map(({ heard }) => heard)),
    streams_ended: listening.filter(({ hasEnded }) => hasEnded).length,
    rows_trained,
    stalled: rude.stalled,
    vanished: rude.vanished,
    vitals,
    after: await vitalsOf(base, rounded(seconds / 60, 2)),
  }
}

function figuresOf(tally: Tally, seconds: number) {
  const { times, errors, errorCount, late, bytes, rowsChecked } = tally
  return {
    requests: times.length,
    errors: Object.fromEntries(errors),
    error_rate: errorCount / times.length,
    late,
    ms: {
      p50: rounded(quantile(times, 0.5), 2),
      p99: rounded(quantile(times, 0.99), 2),
      max: rounded(quantile(times, 1), 2),
    },
    bytes_per_second: Math.round(bytes / seconds),
    rows_checked: rowsChecked,
  }
}

function added(counts: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const heard of counts) for (const [type, messages] of heard) sum[type] = (sum[type] ?? 0) + messages
  return sum
}

/** What the process tells Prometheus. */
async function vitalsOf(base: string, minute: number): Promise<Vitals> {
  const told = await (await fetch(`${base}/metrics`)).text()
  const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(told)?.[1])
  return {
    minute,
    rss_mib: Math.round(value('process_resident_memory_bytes') / 2 ** 20),
    open_files: value('process_open_fds'),
    cpu_seconds: rounded(value('process_cpu_seconds_total'), 2),
  }
}

/** Steps that the runs train in a second, all together, while something goes on. */
async function stepsPerSecond(base: string, jobs: readonly string[], during: () => Promise<unknown>): Promise<number> {
  const trained = async (): Promise<number> => {
    const all = await Promise.all(jobs.map((id) => call<Job>(`${base}/v1/jobs/${id}`)))
    return all.reduce((steps, { progress }) => steps + progress.step, 0)
  }
  const steps = await trained()
  const since = performance.now()
  await during()
  const seconds = (performance.now() - since) / 1_000
  return rounded(((await trained()) - steps) / seconds, 1)
}

/** A new job, once it has trained. */
async function running(base: string): Promise<string> {
  const { id } = await call<Job>(`${base}/v1/jobs`, JOB)
  await untilJob(base, id, ({ progress }) => progress.step > 0)
  return id
}

/** Cancels jobs. Returns how many steps they have trained together. */
async function cancelled(base: string, jobs: readonly string[]): Promise<number> {
  for (const id of jobs) await call(`${base}/v1/jobs/${id}/cancel`, {})
  const ended = await Promise.all(jobs.map((id) => untilJob(base, id, ({ finished_at }) => finished_at !== null)))
  return ended.reduce((steps, { progress }) => steps + progress.step, 0)
}

async function untilEnded(listening: readonly Listener[]): Promise<void> {
  const until = performance.now() + STOP_MS
  while (listening.some(({ hasEnded }) => !hasEnded) && performance.now() < until) await sleep(50)
}
