import assert from 'node:assert/strict'
import {
  mapTensors,
  type Engine,
  type Program,
  type StepReport,
  type TrainingState,
  type TruncationBias,
} from '@unroll/bptt'
import type { Comparison } from './comparison.ts'
import { batchOf } from './programs.ts'

const UPDATES = 4

/** All that a run reports and holds. */
export interface Run {
  readonly reports: readonly StepReport[]
  readonly state: TrainingState
  readonly evaluation: { readonly loss: number; readonly accuracy?: number }
  /** Absent unless the network was looked at. */
  readonly bias?: TruncationBias
}

/**
 * Several updates and an evaluation. The engine must hold nothing before and after.
 * @param looks Whether the network is looked at as well: probe flow, saturation and truncation bias.
 */
export async function runOn(
  engine: Engine,
  given: Program,
  { lengths, looks = true }: { readonly lengths?: Int32Array | undefined; readonly looks?: boolean } = {},
): Promise<Run> {
  const session = await engine.open(given)
  const reports: StepReport[] = []
  const learningRate = given.optimizer.learning_rate
  for (let step = 0; step < UPDATES; step++) {
    const window = { from: step === 0 ? 'initial' : 'carried', lossSteps: 5, advance: 4 } as const
    const batch = { ...batchOf(given, step), ...(lengths && { lengths }) }
    const options = { learningRate, metrics: true, flow: true, probe: looks, saturation: looks }
    reports.push(await session.step(batch, window, options))
  }
  const evaluation = await session.evaluate(batchOf(given, 99))
  const bias = looks ? { bias: await session.truncationBias(batchOf(given, 99), { k1: 2, k2: 4 }) } : {}
  const run = { reports, state: await session.state(), evaluation, ...bias }
  session.dispose()
  assert.equal(engine.live(), 0)
  return run
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
    parameterNorms: Object.values(parameterNorms ?? {}),
    ...mapTensors(saturation ?? {}, (value) => [value]),
    ...Object.fromEntries((flow?.probe ?? []).map((norms, layer) => [`flow.probe.${layer}`, norms])),
    ...Object.fromEntries((flow?.h ?? []).map((norms, layer) => [`flow.h.${layer}`, norms])),
    ...Object.fromEntries((flow?.c ?? []).map((norms, layer) => [`flow.c.${layer}`, norms])),
  }
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
  comparison.close('evaluation', Object.values(got.evaluation), Object.values(wanted.evaluation))
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
