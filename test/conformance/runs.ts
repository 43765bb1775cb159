import assert from 'node:assert/strict'
import {
  mapTensors,
  type Engine,
  type Evaluation,
  type Flow,
  type Program,
  type StepReport,
  type TrainingState,
  type TruncationBias,
  type Window,
} from '@unroll/bptt'
import type { Comparison } from './comparison.ts'
import { batchOf, SIZES } from './programs.ts'

/** Truncated windows, of which each but the first goes on from the last. */
const TRUNCATED: readonly Window[] = Array.from({ length: 4 }, (_, step) => ({
  from: step === 0 ? 'initial' : 'carried',
  lossSteps: 5,
  advance: 4,
}))

/** Whole sequences, which a network that reads in both directions needs. */
const WHOLE: readonly Window[] = Array.from({ length: 4 }, () => ({
  from: 'initial',
  lossSteps: SIZES.T,
  advance: 0,
}))

/** All that a run reports and holds. */
export interface Run {
  readonly reports: readonly StepReport[]
  readonly state: TrainingState
  /** Absent, as the bias, unless the network was looked at. */
  readonly evaluation?: Evaluation
  /** Of a network whose sequences can be truncated. */
  readonly bias?: TruncationBias
}

export interface RunOptions {
  readonly lengths?: Int32Array | undefined
  readonly mask?: Uint8Array | undefined
  /** Whether the network is looked at as well: probe flow, saturation, truncation bias and an evaluation. True unless given. */
  readonly looks?: boolean
  /** One for each update. */
  readonly windows?: readonly Window[]
  /** T. */
  readonly steps?: number
}

/** Several updates. The engine must hold nothing before and after. The network is looked at in windows of one kind. */
export async function runOn(
  engine: Engine,
  given: Program,
  { lengths, mask, looks = true, windows, steps = SIZES.T }: RunOptions = {},
): Promise<Run> {
  const isWhole = given.model.bidirectional === true
  const session = await engine.open(given)
  const heldOut = batchOf(given, 99)
  const bias = looks && !isWhole && { bias: await session.truncationBias(heldOut, { k1: 2, k2: 4 }) }
  const reports: StepReport[] = []
  const learningRate = given.optimizer.learning_rate
  const all = windows ?? (isWhole ? WHOLE : TRUNCATED)
  for (const [step, window] of all.entries()) {
    const batch = { ...batchOf(given, step, steps), ...(lengths && { lengths }), ...(mask && { mask }) }
    const observed = looks && window.from === all.at(-1)?.from
    const options = { learningRate, metrics: true, flow: true, probe: observed, saturation: observed }
    reports.push(await session.step(batch, window, options))
  }
  const looked = looks && {
    evaluation: await session.evaluate(heldOut, { from: 'initial', outputs: true }),
    ...bias,
  }
  const run = { reports, state: await session.state(), ...looked }
  session.dispose()
  assert.equal(engine.live(), 0)
  return run
}

/** The norms of a kind of flow, by layer. */
export function listNorms(flow: Flow, kind: 'h' | 'c' | 'probe'): readonly (Float32Array | Float64Array)[] {
  return kind === 'probe' ? (flow.probe ?? []).map(({ log10 }) => log10) : (flow[kind] ?? [])
}

/** The numbers of a report, by name. */
function series({
  parameterNorms,
  flow,
  saturation,
  updated,
  ...scalars
}: StepReport): Readonly<Record<string, ArrayLike<number>>> {
  return {
    ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, [value]])),
    updated: [Number(updated)],
    ...Object.fromEntries(Object.entries(parameterNorms ?? {}).map(([name, norm]) => [`norm of ${name}`, [norm]])),
    ...mapTensors(saturation ?? {}, (value) => [value]),
    ...Object.fromEntries((flow?.probe ?? []).map(({ log10 }, layer) => [`flow.probe.${layer}`, log10])),
    ...Object.fromEntries((flow?.h ?? []).map((norms, layer) => [`flow.h.${layer}`, norms])),
    ...Object.fromEntries((flow?.c ?? []).map((norms, layer) => [`flow.c.${layer}`, norms])),
  }
}

function partsOf(evaluation: Evaluation | undefined): [scores: readonly number[], outputs: ArrayLike<number>] {
  const { outputs = [], ...scores } = evaluation ?? {}
  return [Object.values<number>(scores), outputs]
}

export function compareRuns(got: Run, wanted: Run, comparison: Comparison): void {
  for (const [step, report] of wanted.reports.entries()) {
    const own = series(got.reports[step]!)
    for (const [name, values] of Object.entries(series(report))) {
      comparison.close(`step ${step} ${name}`, own[name] ?? [], values)
    }
  }
  for (const [name, { data }] of Object.entries(wanted.state.tensors)) {
    comparison.close(`state ${name}`, got.state.tensors[name]?.data ?? [], data)
  }
  const [ownScores, ownOutputs] = partsOf(got.evaluation)
  const [scores, outputs] = partsOf(wanted.evaluation)
  comparison.close('evaluation', ownScores, scores)
  comparison.close('outputs', ownOutputs, outputs)
  comparison.close('bias', Object.values(got.bias ?? {}), Object.values(wanted.bias ?? {}))
  comparison.files += 1
}

/** What `make` makes of a key, made once: the oracle takes long, and several engines are held against it. */
export function once<Key, Made>(make: (key: Key) => Promise<Made>): (key: Key) => Promise<Made> {
  const made = new Map<Key, Promise<Made>>()
  return (key) => {
    const found = made.get(key) ?? make(key)
    made.set(key, found)
    return found
  }
}
