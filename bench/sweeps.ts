import { setTimeout as sleep } from 'node:timers/promises'
import { FINDING_CODES, type FindingCode, type Sweep, type SweepRun } from '@unroll/contract'
import { call } from './api.ts'
import { bench, choices, count } from './command.ts'
import { startService } from './service.ts'

const LOOK_MS = 1_000
/** Each asks for what stands at the beginning of a sequence; the pairs take turns at them. */
const TASKS = [
  { data: { task: 'adding' }, sequence_length: 60 },
  { data: { task: 'temporal_order' }, sequence_length: 60 },
  { data: { task: 'noise_free_lag', lag: 40 }, sequence_length: 50 },
] as const
/** What a person may try who does not know which of them learns. */
const SPACE = {
  '/model': {
    values: [
      { cell: 'rnn', hidden_size: 16 },
      { cell: 'rnn', hidden_size: 16, activation: 'relu' },
      { cell: 'gru', hidden_size: 16 },
      { cell: 'lstm', hidden_size: 16 },
    ],
  },
  '/optimizer/learning_rate': { distribution: 'log_uniform', min: 0.001, max: 0.1 },
} as const

const COMMAND = {
  name: 'sweeps',
  question:
    'How many steps do sweeps save that listen to the diagnosis? Runs pairs of equal sweeps, without and with stop_on, on a service of its own with a worker. Prints a JSON line for each pair and one for all.',
  options: {
    pairs: count(20, 'of sweeps, each with another seed'),
    samples: count(8, 'trials of a sweep'),
    steps: count(1_500, 'steps of a trial'),
    'stop-on': choices(FINDING_CODES, ['vanishing', 'exploding', 'horizon_short'], 'findings at which a trial ends'),
  },
} as const

interface Pair {
  readonly task: string
  readonly seed: number
  readonly steps: { readonly whole: number; readonly listening: number }
  /** Trials that were stopped. */
  readonly stopped: number
  readonly trials: number
  readonly best: { readonly whole: unknown; readonly listening: unknown }
  /** The trial that wins without stop_on, where it was stopped with it: at which step, by which finding. */
  readonly wronglyStopped: Pick<SweepRun, 'changes' | 'step' | 'stopped_by'> | null
}

await bench(COMMAND, async ({ pairs, 'stop-on': stops, ...size }) => {
  const service = await startService({ worker: {} })
  try {
    const found: Pair[] = []
    for (let seed = 1; seed <= pairs; seed++) {
      const pair = await comparePair(service.base, { seed, stops, ...size })
      found.push(pair)
      process.stdout.write(`${JSON.stringify(pair)}\n`)
    }
    process.stdout.write(`${JSON.stringify(summarise(found))}\n`)
  } finally {
    await service.stop()
  }
})

async function comparePair(
  base: string,
  { stops, ...asked }: Omit<Asked, 'task' | 'stop_on'> & { stops: readonly FindingCode[] },
): Promise<Pair> {
  const { seed, samples } = asked
  const task = TASKS[seed % TASKS.length] ?? TASKS[0]
  const [whole, listening] = [
    await runSweep(base, { task, stop_on: [], ...asked }),
    await runSweep(base, { task, stop_on: stops, ...asked }),
  ]
  const winner = listening.runs.find(({ trial }) => trial === whole.best?.trial)
  return {
    task: task.data.task,
    seed,
    steps: { whole: countSteps(whole), listening: countSteps(listening) },
    stopped: listening.runs.filter(({ stopped_by: finding }) => finding !== null).length,
    trials: samples,
    best: { whole: whole.best?.value ?? null, listening: listening.best?.value ?? null },
    wronglyStopped: winner?.stopped_by ? describeStop(winner) : null,
  }
}

function describeStop({ changes, step, stopped_by }: SweepRun): Pair['wronglyStopped'] {
  return { changes, step, stopped_by }
}

interface Asked {
  task: (typeof TASKS)[number]
  seed: number
  stop_on: readonly FindingCode[]
  samples: number
  steps: number
}

/** Runs a sweep to its end. */
async function runSweep(base: string, { task, seed, stop_on, samples, steps }: Asked): Promise<Sweep> {
  const { id } = await call<Sweep>(`${base}/v1/sweeps`, {
    template: { ...task, training: { max_steps: steps, batch_size: 32, seed } },
    space: SPACE,
    strategy: { type: 'random', samples, seed },
    stop_on,
  })
  for (;;) {
    const sweep = await call<Sweep>(`${base}/v1/sweeps/${id}`)
    if (sweep.finished_at !== null) return sweep
    await sleep(LOOK_MS)
  }
}

function countSteps({ runs }: Sweep): number {
  return runs.reduce((sum, { step }) => sum + step, 0)
}

function summarise(pairs: readonly Pair[]): object {
  const total = (read: (pair: Pair) => number) => pairs.reduce((sum, pair) => sum + read(pair), 0)
  const saved = 1 - total(({ steps }) => steps.listening) / total(({ steps }) => steps.whole)
  return {
    pairs: pairs.length,
    saved_steps: Number(saved.toFixed(3)),
    wrongly_stopped: pairs.filter(({ wronglyStopped }) => wronglyStopped !== null).length,
    other_best: pairs.filter(({ best }) => best.whole !== best.listening).length,
  }
}
