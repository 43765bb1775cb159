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
    'How many steps do sweeps save that listen to the diagnosis? Runs pairs of sweeps of the same trials, one that trains all of them to the end and one with stop_on, on a service of its own with a worker. Prints a JSON line for each pair and one for all.',
  options: {
    pairs: count(20, 'of sweeps, each with another seed'),
    samples: count(8, 'trials of a sweep'),
    steps: count(1_500, 'steps of a trial'),
    rungs: count(
      1,
      'of successive halving in the sweep that listens, each with half of the trials and twice the steps of the one before',
    ),
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

await bench(COMMAND, async ({ pairs, 'stop-on': stop_on, ...size }) => {
  const service = await startService({ worker: {} })
  try {
    const found: Pair[] = []
    for (let seed = 1; seed <= pairs; seed++) {
      const pair = await comparePair(service.base, { seed, stop_on, ...size })
      found.push(pair)
      process.stdout.write(`${JSON.stringify(pair)}\n`)
    }
    process.stdout.write(`${JSON.stringify(summarise(found))}\n`)
  } finally {
    await service.stop()
  }
})

async function comparePair(base: string, asked: Omit<Asked, 'task'>): Promise<Pair> {
  const { seed, samples } = asked
  const task = TASKS[seed % TASKS.length] ?? TASKS[0]
  const [whole, listening] = [
    await runSweep(base, { ...asked, task, stop_on: [], rungs: 1 }),
    await runSweep(base, { ...asked, task }),
  ]
  const winner = listening.runs.find(({ trial, stopped_by }) => trial === whole.best?.trial && stopped_by !== null)
  return {
    task: task.data.task,
    seed,
    steps: { whole: countSteps(whole), listening: countSteps(listening) },
    stopped: listening.runs.filter(({ stopped_by: finding }) => finding !== null).length,
    trials: samples,
    best: { whole: whole.best?.value ?? null, listening: listening.best?.value ?? null },
    wronglyStopped: winner === undefined ? null : describeStop(winner),
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
  rungs: number
}

/** Runs a sweep to its end. */
async function runSweep(base: string, { task, seed, stop_on, samples, steps, rungs }: Asked): Promise<Sweep> {
  const { id } = await call<Sweep>(`${base}/v1/sweeps`, {
    template: { ...task, training: { max_steps: steps, batch_size: 32, seed } },
    space: SPACE,
    strategy:
      rungs === 1
        ? { type: 'random', samples, seed }
        : { type: 'successive_halving', samples, seed, eta: 2, rungs, min_steps: Math.ceil(steps / 2 ** (rungs - 1)) },
    stop_on,
  })
  for (;;) {
    const sweep = await call<Sweep>(`${base}/v1/sweeps/${id}`)
    if (sweep.finished_at !== null) return sweep
    await sleep(LOOK_MS)
  }
}

/** Of all trials: a later rung goes on from the checkpoint of the one before. */
function countSteps({ runs }: Sweep): number {
  const last = new Map<number, number>()
  for (const { trial, step } of runs) last.set(trial, Math.max(step, last.get(trial) ?? 0))
  return [...last.values()].reduce((sum, step) => sum + step, 0)
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
