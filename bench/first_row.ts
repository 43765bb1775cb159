import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, JobEvent, Metrics, Page, Worker } from '@unroll/contract'
import { call, untilJob } from './api.ts'
import { bench, count, text } from './command.ts'
import { outOption, report } from './results.ts'
import { startService } from './service.ts'
import { firstRowTable, type FirstRowResult, type Stages } from './tables/first_row.ts'
import { median, quantile, rounded } from './timing.ts'

/** Between two looks whether there is a row. */
const POLL_MS = 10

const COMMAND = {
  name: 'first-row',
  question:
    'How long does it take from submitting a job to its first row in a poll, where a worker is idle? Jobs of five shapes in turn.',
  options: {
    jobs: count(50, 'jobs, one after the other'),
    idle_ms: count(4_000, 'pause before each: the worker is idle and has warmed a child'),
    note: text('TEXT', 'how it was run, kept with the result', ''),
    out: outOption('first_row'),
  },
} as const

const shape = (model: object, sequence_length: number, batch_size: number, task = 'adding') => ({
  model,
  data: { task },
  sequence_length,
  training: { batch_size, max_steps: 1_000_000 },
})

/** From tiny to what takes 50 ms a step. */
const SHAPES: readonly object[] = [
  shape({ cell: 'rnn', hidden_size: 16 }, 20, 16),
  shape({ cell: 'lstm', hidden_size: 64 }, 50, 32),
  shape({ cell: 'gru', hidden_size: 128 }, 100, 32, 'temporal_order'),
  shape({ cell: 'lstm', hidden_size: 128, layers: 2 }, 100, 32),
  shape({ cell: 'lstm_peephole', hidden_size: 64, peephole: 'full' }, 200, 16),
]

await bench(COMMAND, async ({ jobs, idle_ms, note, out }) => {
  const service = await startService({ worker: {} })
  try {
    const [worker] = await untilWorker(service.base)
    const stages: Stages[] = []
    for (let nth = 0; nth < jobs; nth++) {
      await sleep(idle_ms)
      stages.push(await submitted(service.base, SHAPES[nth % SHAPES.length] ?? {}))
    }
    const figures = Object.fromEntries(
      (['accepted', 'claimed', 'running', 'row'] as const).map((stage) => {
        const ms = stages.map((each) => each[stage])
        return [
          stage,
          { median: rounded(median(ms), 0), p95: rounded(quantile(ms, 0.95), 0), max: rounded(Math.max(...ms), 0) },
        ]
      }),
    ) as FirstRowResult['ms']
    const engine = `${worker?.engine ?? ''} ${worker?.device ?? ''}`
    report<Omit<FirstRowResult, 'date' | 'machine' | 'versions'>>(
      out,
      { versions: {}, note, engine, jobs, shapes: SHAPES.length, ms: figures },
      firstRowTable,
    )
  } finally {
    await service.stop()
  }
})

async function untilWorker(base: string): Promise<readonly Worker[]> {
  for (;;) {
    const { data } = await call<Page<Worker>>(`${base}/v1/workers`)
    if (data.length > 0) return data
    await sleep(POLL_MS)
  }
}

/** Milliseconds from sending a job to what happens to it; it is cancelled then. */
async function submitted(base: string, spec: object): Promise<Stages> {
  const since = performance.now()
  const { id, created_at } = await call<Job>(`${base}/v1/jobs`, spec)
  const accepted = performance.now() - since
  for (;;) {
    const { steps } = await call<Metrics>(`${base}/v1/jobs/${id}/metrics?series=loss`)
    if (steps.length > 0) break
    await sleep(POLL_MS)
  }
  const row = performance.now() - since
  const { data } = await call<Page<JobEvent>>(`${base}/v1/jobs/${id}/events?limit=100`)
  const at = (code: string) => {
    const event = data.find((each) => each.code === code)
    return event === undefined ? NaN : Date.parse(event.created_at) - Date.parse(created_at)
  }
  await call(`${base}/v1/jobs/${id}/cancel`, {})
  await untilJob(base, id, ({ finished_at }) => finished_at !== null)
  return { accepted, claimed: at('job_starting'), running: at('job_running'), row }
}
