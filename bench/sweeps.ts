import { existsSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { Engine } from '@unroll/bptt'
import { FINDING_CODES, type SweepDryRun } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { call } from './api.ts'
import { bench, choices, count, text } from './command.ts'
import { outOption, report } from './results.ts'
import { startService } from './service.ts'
import { ARMS, MOST_RUNGS, planParts, runArm, type ArmName, type ArmResult, type Compared } from './sweeps/arms.ts'
import { trainTrial, type TrainedTrial } from './sweeps/trial.ts'
import { sweepsTable, type SweepRow, type SweepsResult } from './tables/sweeps.ts'

const LOSS: Compared = { metric: 'evaluation_loss', goal: 'min' }
const ACCURACY: Compared = { metric: 'evaluation_accuracy', goal: 'max' }
/** Each asks for what stands at the beginning of a sequence; the sweeps take turns at them. */
const TASKS = [
  { by: LOSS, template: { data: { task: 'adding' }, sequence_length: 40 } },
  { by: ACCURACY, template: { data: { task: 'temporal_order' }, sequence_length: 40 } },
  { by: ACCURACY, template: { data: { task: 'noise_free_lag', lag: 30 }, sequence_length: 40 } },
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
    'How many steps do sweeps save that listen to the diagnosis, and do they come to the same best value? Trains the trials of each sweep to their ends, with the diagnosis and the decision of a worker, and takes from that what it trains with stop_on, with successive halving, and with both. A bench that is broken off goes on with the sweeps that have no result.',
  options: {
    sweeps: count(30, 'sweeps, each with another seed; those after the twentieth are held apart'),
    samples: count(6, 'trials of a sweep'),
    steps: count(600, 'steps of a trial'),
    'stop-on': choices(FINDING_CODES, ['vanishing', 'exploding', 'horizon_short'], 'findings at which a trial ends'),
    kept: text('FOLDER', 'where the rows of trained trials are kept, so that another decision needs no training', ''),
    engine: text('NAME', 'auto, tensorflow, wasm or cpu', 'auto'),
    out: outOption('sweeps'),
  },
} as const

type Figures = Omit<SweepsResult, 'date' | 'machine' | 'versions'>
type Sizes = Omit<Figures, 'rows'>

await bench(COMMAND, async ({ sweeps, engine: name, kept, out, 'stop-on': stop_on, ...asked }) => {
  if (asked.steps % 2 ** (MOST_RUNGS - 1) !== 0)
    throw new RangeError(
      `Cannot halve as --steps must divide by ${2 ** (MOST_RUNGS - 1)}: current value is ${asked.steps}`,
    )
  const { engine } = await selectEngine(name)
  const sizes: Sizes = { engine: engine.name, ...asked, stop_on }
  const rows = [...readRows(out, sizes)]
  const seeds = Array.from({ length: sweeps }, (_, at) => at + 1)
  const open = seeds.filter((seed) => !rows.some((row) => row.seed === seed))
  const service = await startService() // which draws the trials
  try {
    for (const seed of open) {
      rows.push(await compareArms({ engine, base: service.base, kept }, seed, sizes))
      const sorted = rows.toSorted((a, b) => a.seed - b.seed)
      report<Figures>(out, { versions: {}, ...sizes, rows: sorted }, () => JSON.stringify(rows.at(-1)))
    }
  } finally {
    await service.stop()
  }
  process.stdout.write(`${sweepsTable(rows)}\n`)
})

/** The sweeps that were run before with the same sizes. */
function readRows(file: string, sizes: Sizes): readonly SweepRow[] {
  if (!existsSync(file)) return []
  const { rows, ...before } = JSON.parse(readFileSync(file, 'utf8')) as SweepsResult
  const isSame = Object.entries(sizes).every(([name, value]) => isDeepStrictEqual(before[name as keyof Sizes], value))
  return isSame ? rows : []
}

/** One sweep in each of the ways. */
async function compareArms(
  { engine, base, kept }: { engine: Engine; base: string; kept: string },
  seed: number,
  sizes: Sizes,
): Promise<SweepRow> {
  const { steps, stop_on: stopOn } = sizes
  const { by, template: task } = TASKS[seed % TASKS.length] ?? TASKS[0]
  const template = { ...task, training: { max_steps: steps, batch_size: 16, seed } }
  const evaluateEvery = steps / 2 ** (MOST_RUNGS - 1)
  const trials: TrainedTrial[] = []
  for (const [trial, changes] of (await drawTrials(base, template, sizes, seed)).entries())
    trials.push(await trainTrial(engine, { template, steps, evaluateEvery, stopOn, kept, trial, changes }))
  return {
    seed,
    task: task.data.task,
    by: by.metric,
    arms: runArms(trials, steps, by),
    arms_by_loss: runArms(trials, steps, LOSS),
  }
}

function runArms(trials: readonly TrainedTrial[], steps: number, by: Compared): Record<ArmName, ArmResult> {
  const { best: winners } = runArm(trials, planParts(steps, 1), { stops: false, by })
  const arms = Object.entries(ARMS).map(([name, { stops, rungs }]): [string, ArmResult] => {
    const { best: _, ...result } = runArm(trials, planParts(steps, rungs), { stops, by, winners })
    return [name, result]
  })
  return Object.fromEntries(arms) as Record<ArmName, ArmResult>
}

/** The trials of a sweep, as the service draws them. */
async function drawTrials(base: string, template: object, { samples }: Sizes, seed: number) {
  const strategy = { type: 'random', samples, seed }
  const { trials } = await call<SweepDryRun>(`${base}/v1/sweeps?dry_run=true`, { template, space: SPACE, strategy })
  return trials.map(({ changes }) => changes)
}
