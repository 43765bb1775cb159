// A trial is trained once, to its end: as a run is a function of its specification, what each way of running its sweep trains of it follows.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { Engine } from '@unroll/bptt'
import { parseJobSpec, withChanges, type FindingCode, type JobSpec, type MetricRow } from '@unroll/contract'
import { Diagnostician, FindingStop } from '@unroll/diagnosis'
import { openFeed } from '@unroll/tasks'
import { train } from '@unroll/trainer'

/** A job of a trial in some rung: the steps (from, to]. */
export interface Part {
  readonly from: number
  readonly to: number
}

export interface Stop {
  readonly step: number
  readonly by: FindingCode
}

export interface TrainedTrial {
  readonly trial: number
  readonly changes: Readonly<Record<string, unknown>>
  /** The last step: earlier than asked for where its numbers were not finite. */
  readonly end: number
  /** What was evaluated, by its series: after each of those steps. */
  readonly values: Readonly<Record<Metric, ReadonlyMap<number, number>>>
  /** Where a job of a part stops, as the diagnosis and the decision of a worker have it; undefined where it does not. */
  readonly findStop: (part: Part) => Stop | undefined
}

export interface TrialOptions {
  readonly template: Readonly<Record<string, unknown>>
  readonly trial: number
  readonly changes: Readonly<Record<string, unknown>>
  readonly steps: number
  readonly evaluateEvery: number
  readonly stopOn: readonly FindingCode[]
  /** Folder of the rows of trials that were trained before; none with ''. */
  readonly kept: string
}

interface Recorded {
  readonly rows: readonly MetricRow[]
  readonly chance: number
  readonly end: number
}

/** What trials may be compared by. */
export const METRICS = ['evaluation_loss', 'evaluation_accuracy'] as const
export type Metric = (typeof METRICS)[number]

/** Trains a trial to its end, unless its rows are kept. */
export async function trainTrial(engine: Engine, options: TrialOptions): Promise<TrainedTrial> {
  const { trial, changes, steps, evaluateEvery, kept } = options
  const { rows, chance, end } = await recall(
    kept,
    specify(options, steps, { '/training/evaluate_every': evaluateEvery }),
    (spec) => record(engine, spec),
  )
  const values = METRICS.map((metric) => [metric, readValues(rows, metric)] as const)
  const stopping = { '/on_finding': 'stop', '/act_on': options.stopOn }
  return {
    trial,
    changes,
    end,
    values: Object.fromEntries(values) as TrainedTrial['values'],
    findStop: (part) => findStop(specify(options, part.to, stopping), rows, chance, part),
  }
}

function readValues(rows: readonly MetricRow[], metric: Metric): ReadonlyMap<number, number> {
  const found = rows.flatMap(({ step, series: { [metric]: value } }) => {
    return value !== undefined && Number.isFinite(value) ? [[step, value] as const] : []
  })
  return new Map(found)
}

/** The rows of a specification that are kept, or were recorded now. */
async function recall(folder: string, spec: JobSpec, make: (spec: JobSpec) => Promise<Recorded>): Promise<Recorded> {
  if (folder === '') return await make(spec)
  const file = join(folder, createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 24))
  if (existsSync(file)) return deserialize(readFileSync(file)) as Recorded
  const recorded = await make(spec)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, serialize(recorded))
  return recorded
}

async function record(engine: Engine, spec: JobSpec): Promise<Recorded> {
  const feed = await openFeed(spec)
  const rows: MetricRow[] = []
  const { step: end } = await train(engine, spec, feed, {
    signal: new AbortController().signal,
    clock: () => 0,
    onRow: (row) => rows.push(row),
    onStep() {},
    onEvent() {},
    onCheckpoint: () => Promise.resolve(),
  })
  const { loss, mean_loss } = feed.problem.chance
  return { rows, chance: mean_loss ?? loss, end }
}

/** The stop of a job that begins after `from`, before its last step. */
function findStop(spec: JobSpec, rows: readonly MetricRow[], chance: number, { from, to }: Part): Stop | undefined {
  const diagnostician = new Diagnostician(spec, chance)
  const decision = new FindingStop(spec)
  for (const row of rows) {
    const { step } = row
    if (step <= from || step >= to) continue
    const findings = diagnostician.observe([row])
    const due = decision.hear(findings, { step, isLearning: diagnostician.isLearning })
    if (due !== undefined) return { step, by: due.finding.code }
  }
  return undefined
}

function specify({ template, changes }: TrialOptions, steps: number, more: object): JobSpec {
  const parsed = parseJobSpec(withChanges(template, { ...changes, '/training/max_steps': steps, ...more }))
  if (!parsed.ok) throw new Error(`Cannot train a trial: ${JSON.stringify(parsed.faults)}`)
  return parsed.value
}
