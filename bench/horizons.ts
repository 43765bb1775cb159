import { EPSILON, fromJsonNumber, toJsonNumber, type Job, type Metrics, type Probe } from '@unroll/contract'
import { call, untilJob } from './api.ts'
import { bench, count } from './command.ts'
import { outOption, report } from './results.ts'
import { startService, type Service } from './service.ts'
import { horizonsTable, type HorizonsResult } from './tables/horizons.ts'
import { rounded } from './timing.ts'

const CELLS = ['rnn', 'gru', 'lstm', 'min_gru', 'indrnn'] as const
const TASKS = ['adding', 'temporal_order'] as const
const SEEDS = [1, 2] as const

const COMMAND = {
  name: 'horizons',
  question:
    'How far does the largest Lyapunov exponent say that a gradient reaches, beside the probe flow of the same update? Twenty networks, trained through the service: five cells, two tasks, two seeds.',
  options: {
    steps: count(300, 'of training before both are measured'),
    length: count(100, 'time steps of a sequence'),
    units: count(32, 'H'),
    out: outOption('horizons'),
  },
} as const

type Row = HorizonsResult['rows'][number]
type Sizes = Record<'steps' | 'length' | 'units', number>

await bench(COMMAND, async ({ out, ...sizes }) => {
  const service = await startService({ worker: { UNROLL_SLOTS: '2' } })
  try {
    const wanted = CELLS.flatMap((cell) => TASKS.flatMap((task) => SEEDS.map((seed) => ({ cell, task, seed }))))
    const rows = await Promise.all(wanted.map((net) => measure(service, net, sizes)))
    report<Omit<HorizonsResult, 'date' | 'machine'>>(out, { versions: {}, ...sizes, rows }, horizonsTable)
  } finally {
    await service.stop()
  }
})

async function measure({ base }: Service, net: Pick<Row, 'cell' | 'task' | 'seed'>, sizes: Sizes): Promise<Row> {
  const submitted = await call<Job>(`${base}/v1/jobs`, specify(net, sizes))
  const { id, status, error } = await untilJob(base, submitted.id, (job) => job.finished_at !== null)
  if (status !== 'succeeded') throw new Error(`Cannot measure ${net.cell} on ${net.task}: ${error?.message ?? status}`)
  const { series } = await call<Metrics>(`${base}/v1/jobs/${id}/metrics?series=lyapunov/layers.0.1`)
  const { layers } = await call<Probe>(`${base}/v1/jobs/${id}/probe`)
  const exponent = fromJsonNumber(series['lyapunov/layers.0.1']?.findLast((value) => value !== null) ?? 'NaN')
  const { beta = null, horizon = null } = layers[0] ?? {}
  return {
    ...net,
    exponent: toJsonNumber(rounded(exponent, 4)),
    by_exponent: exponent < 0 ? rounded(Math.log(EPSILON) / exponent, 1) : null,
    log_beta: beta === null ? null : rounded(Math.log(beta), 4),
    by_probe: horizon,
  }
}

function specify({ cell, task, seed }: Pick<Row, 'cell' | 'task' | 'seed'>, { steps, length, units }: Sizes): object {
  return {
    model: { cell, hidden_size: units },
    data: { task },
    sequence_length: length,
    optimizer: { type: 'adam', learning_rate: 0.003 },
    clipping: { policy: 'norm', threshold: 1 },
    training: { batch_size: 32, max_steps: steps, seed },
    observe: { probe_every: steps, lyapunov_every: steps, lyapunov_exponents: 1 },
    resources: { accelerator: 'cpu', shards: 1 },
  }
}
