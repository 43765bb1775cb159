import type { Job, JobEvent, Metrics, Page } from '@unroll/contract'
import { call, untilJob, upload } from './api.ts'
import type { Sizes } from './char_model.ts'
import { bench, choice, choices, count, text } from './command.ts'
import { GRID, SIZE_NAMES, type SizeName } from './grid.ts'
import { outOption, report } from './results.ts'
import { startService } from './service.ts'
import { pipelineTable, type PipelineResult } from './tables/pipeline.ts'
import { median, rounded } from './timing.ts'

/** Of a run that only tells how long a step takes. */
const TRIAL_STEPS = 50
/** Of text: the run goes through it in the first stretch, which is not timed, and so has met every shape of step. */
const WINDOWS = 30
const FIRST_CHARACTER = 33

const COMMAND = {
  name: 'pipeline',
  question:
    'What does the whole path of metrics cost a run, from the step through the worker to Redis? The same run observed and not, in turn.',
  options: {
    sizes: choices(SIZE_NAMES, ['small', 'char-rnn'], 'of the grid'),
    rounds: count(20, 'pairs of runs, observed and not, at each size'),
    stretches: count(3, 'of each run that are timed'),
    stretch_ms: count(1_000, 'about what one of them takes'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    note: text('TEXT', 'how it was run, kept with the result', ''),
    out: outOption('pipeline'),
  },
} as const

/** Every row and every tenth step's flow, and as little as can be. */
const OBSERVE = {
  on: { metrics_every: 1, flow_every: 10 },
  off: { metrics_every: 1_000_000, flow_every: 0 },
} as const
type Kind = keyof typeof OBSERVE

/** In turn, so that a clock that drifts favours neither. */
const ORDERS: readonly (readonly Kind[])[] = [
  ['off', 'on'],
  ['on', 'off'],
]

await bench(COMMAND, async ({ sizes, rounds, stretches, stretch_ms, engine, note, out }) => {
  const service = await startService({ worker: { UNROLL_ENGINE: engine } })
  process.stderr.write(`API process ${service.pid}, clients ${process.pid}\n`)
  try {
    const rows: PipelineResult['rows'][number][] = []
    for (const size of sizes) rows.push(await cost(service.base, size, { rounds, stretches, stretch_ms }))
    report<Pick<PipelineResult, 'rows' | 'note'>>(out, { versions: {}, note, rows }, pipelineTable)
  } finally {
    await service.stop()
  }
})

interface Extent {
  rounds: number
  stretches: number
  stretch_ms: number
}

async function cost(base: string, size: SizeName, extent: Extent): Promise<PipelineResult['rows'][number]> {
  const dataset = await uploadText(base, GRID[size])
  const run = (kind: Kind, steps: number, every: number) =>
    trained(base, jobOf(size, dataset, { observe: OBSERVE[kind], steps, every }))
  const trial = await metricsOf(base, await run('on', TRIAL_STEPS, 0))
  const every = Math.max(WINDOWS, Math.ceil(extent.stretch_ms / median(trial.series['step_ms']?.map(Number) ?? [])))
  const times: Record<Kind, number[]> = { on: [], off: [] }
  for (let round = 0; round < extent.rounds; round++)
    for (const kind of ORDERS[round % ORDERS.length] ?? [])
      times[kind].push(median(await stepTimes(base, await run(kind, every * (extent.stretches + 1), every), every)))
  const ratios = times.on.map((ms, round) => ms / (times.off[round] ?? NaN))
  return {
    size,
    series: Object.keys(trial.series).length,
    rounds: ratios.length,
    ms: { off: rounded(median(times.off), 3), on: rounded(median(times.on), 3) },
    ratio: rounded(median(ratios), 4),
    spread: [rounded(Math.min(...ratios), 4), rounded(Math.max(...ratios), 4)],
  }
}

function jobOf(
  size: SizeName,
  dataset: string,
  { observe, steps, every }: { observe: object; steps: number; every: number },
): object {
  const { T, B, E, H, L } = GRID[size]
  return {
    model: { cell: 'lstm', hidden_size: H, layers: L, embedding_size: E },
    data: { dataset },
    sequence_length: T,
    clipping: { policy: 'norm', threshold: 1 },
    training: { batch_size: B, max_steps: steps, evaluate_every: 0 },
    checkpoint: { every_steps: every, keep_best: 0, keep_spaced: 0 },
    observe,
  }
}

/**
 * Milliseconds of a step in each stretch between two checkpoints: the log has the time of each. What starting takes lies
 * before the first; what saving takes is in all of them, observed or not.
 */
async function stepTimes(base: string, job: string, every: number): Promise<number[]> {
  const { data } = await call<Page<JobEvent>>(`${base}/v1/jobs/${job}/events?limit=100`)
  const at = data.filter(({ code }) => code === 'checkpoint_written').map(({ created_at }) => Date.parse(created_at))
  return at.slice(1).map((time, nth) => (time - (at[nth] ?? NaN)) / every)
}

/** Text of as many kinds of characters as there are symbols. */
function uploadText(base: string, { T, B, V }: Sizes): Promise<string> {
  const body = Array.from({ length: WINDOWS * T * B }, (_, at) =>
    String.fromCodePoint(FIRST_CHARACTER + (((at * at + 7 * at) % 9_973) % V)),
  ).join('')
  return upload(base, 'bench', 'text/plain', body)
}

async function trained(base: string, spec: object): Promise<string> {
  const { id } = await call<Job>(`${base}/v1/jobs`, spec)
  const { status, error } = await untilJob(base, id, ({ finished_at }) => finished_at !== null)
  if (status !== 'succeeded') throw new Error(`Cannot time a run that ${status}: ${error?.message ?? 'no error'}`)
  return id
}

function metricsOf(base: string, job: string): Promise<Metrics> {
  return call<Metrics>(`${base}/v1/jobs/${job}/metrics`)
}
