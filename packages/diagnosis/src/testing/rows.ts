import {
  parseJobSpec,
  taskProblem,
  usesDataset,
  type FindingCode,
  type JobSpec,
  type LayerFlow,
  type MetricRow,
} from '@unroll/contract'
import { Diagnostician } from '../diagnostician.ts'
import { Observer } from '../observations.ts'
import { propose, type Proposal } from '../proposal.ts'
import type { Rule, Symptom } from '../rule.ts'

/** The specification of a job on the adding problem, T = 100, with `more` of it. */
export function specOf(more: object = {}): JobSpec {
  const parsed = parseJobSpec({ model: { cell: 'rnn' }, data: { task: 'adding' }, ...more })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.value
}

/** The loss at chance of a job on a task. */
export function chanceOf({ data, sequence_length: T }: JobSpec): number {
  return usesDataset(data) ? Number.NaN : taskProblem(data, T).chance.loss
}

/** Flow of one layer whose norm shrinks by `ratio` at each step back, from 1 at the last of T. */
export function decaying(ratio: number, T = 100): LayerFlow[] {
  return [{ h: Float32Array.from({ length: T }, (_, at) => (T - 1 - at) * Math.log10(ratio)) }]
}

/** A row with the scalars of a healthy step; `more` are other series. */
export function rowAt(step: number, more: Record<string, number> = {}, flow?: LayerFlow[]): MetricRow {
  const series = { loss: 1, grad_norm: 0.5, clip_coefficient: 1, clipped_share: 0.05, ...more }
  return { step, series, ...(flow && { flow }) }
}

/** `count` rows from step 1 on. */
export function rows(count: number, row: (step: number) => MetricRow): MetricRow[] {
  return Array.from({ length: count }, (_, at) => row(at + 1))
}

/** What a rule sees in rows, and what it proposes. */
export function seenBy(
  rule: Rule,
  spec: JobSpec,
  given: readonly MetricRow[],
  chance: number = chanceOf(spec),
): { symptom: Symptom | null; proposal: Proposal | null } {
  const observer = new Observer(spec, chance)
  for (const row of given) observer.observe(row)
  const symptom = rule.find(observer)
  return { symptom, proposal: symptom && propose(spec, symptom.remedies) }
}

/** Codes of all that began or ceased to hold in rows. */
export function found(spec: JobSpec, given: readonly MetricRow[]): FindingCode[] {
  const diagnostician = new Diagnostician(spec, chanceOf(spec))
  return [...diagnostician.observe(given), ...diagnostician.examine()].map(({ code }) => code)
}
