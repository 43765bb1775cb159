import assert from 'node:assert/strict'
import type { Engine } from '@unroll/bptt'
import { parseJobSpec, taskProblem, usesDataset, type EventCode, type JobSpec, type MetricRow } from '@unroll/contract'
import { Diagnostician } from '@unroll/diagnosis'
import { encodeText, openFeed, type OpenedDataset } from '@unroll/tasks'
import { openLines } from './sequences.ts'
import { train, type Occasion, type Outcome, type RunState } from '@unroll/trainer'

/** What a run reported. */
export interface Run {
  outcome: Outcome
  rows: MetricRow[]
  /** The steps that it said were finished. */
  finished: number[]
  events: EventCode[]
  /** Data of each event. */
  data: Record<string, unknown>[]
}

export interface RunOptions {
  text?: string
  /** Sequences as they are uploaded, a line each. */
  lines?: readonly object[]
  /** What is opened already. */
  dataset?: OpenedDataset
  signal?: AbortSignal
  onRow?: (row: MetricRow) => void
  onCheckpoint?: (occasion: Occasion, step: number, take: () => Promise<RunState>) => Promise<void>
  resume?: RunState
}

export function specOf(body: object): JobSpec {
  const parsed = parseJobSpec(body)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

/** The diagnosis of a job on a task, which knows its chance level. */
export function diagnosticianOf(body: object): Diagnostician {
  const spec = specOf(body)
  assert.ok(!usesDataset(spec.data))
  return new Diagnostician(spec, taskProblem(spec.data, spec.sequence_length).chance.loss)
}

/** The data set of a job, as a worker opens it. */
export async function openData(
  spec: JobSpec,
  { text, lines }: Pick<RunOptions, 'text' | 'lines'>,
): Promise<OpenedDataset | undefined> {
  if (lines !== undefined) return await openLines(spec, lines)
  return text === undefined ? undefined : { text: encodeText(text) }
}

/** Trains a job in this process, as a worker's child does. */
export async function runJob(
  engine: Engine,
  body: object,
  {
    text,
    lines,
    dataset,
    signal = new AbortController().signal,
    onRow,
    onCheckpoint = () => Promise.resolve(),
    resume,
  }: RunOptions = {},
): Promise<Run> {
  const spec = specOf(body)
  const rows: MetricRow[] = []
  const finished: number[] = []
  const events: EventCode[] = []
  const data: Record<string, unknown>[] = []
  const feed = await openFeed(
    spec,
    dataset ?? (await openData(spec, { ...(text !== undefined && { text }), ...(lines && { lines }) })),
  )
  const outcome = await train(engine, spec, feed, {
    signal,
    onCheckpoint,
    ...(resume && { resume }),
    clock: () => performance.now(),
    onRow: (row) => {
      rows.push(row)
      onRow?.(row)
    },
    onStep: (step) => finished.push(step),
    onEvent: (code, about) => {
      events.push(code)
      data.push(about)
    },
  })
  return { outcome, rows, finished, events, data }
}
