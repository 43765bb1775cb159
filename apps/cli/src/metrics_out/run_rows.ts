// The rows of a run as tables of other tools have them: a row for each step, a column for each series, and for each layer
// and state of the flow a column of lists with a number for each time step.

import {
  hasMemoryCell,
  listLayerNames,
  type FlowPage,
  type Job,
  type Measured,
  type MetricsPage,
  type UnrollClient,
} from '@unroll/client'

/** Rows of a page of metrics, and so of a batch. */
const ROWS = 5_000
const FLOW_ROWS = 1_000

/** Consecutive rows of a run; null where nothing was measured. */
export interface RunBatch {
  steps: readonly number[]
  /** Of each row, milliseconds since 1970: the start of the job and the milliseconds of its steps so far. */
  times: readonly number[]
  numbers: ReadonlyMap<string, readonly Measured[]>
  /** log₁₀ of the norms by time step; null in front of a window that is shorter. */
  lists: ReadonlyMap<string, readonly (readonly Measured[] | null)[]>
}

export interface Run {
  job: Job
  /** Names of the columns of numbers, such as `loss`. */
  numbers: readonly string[]
  /** Names of the columns of lists, such as `flow/layers.0.h`. */
  lists: readonly string[]
  /** In the order of steps. */
  batches: AsyncIterable<RunBatch>
}

/** A state of the flow, and the field that has it in an answer. */
const STATES = { h: 'log10_norm', c: 'cell_state', probe: 'probe' } as const
type State = keyof typeof STATES

/** The metrics of a run so far. */
export async function readRun(client: UnrollClient, id: string, signal: AbortSignal): Promise<Run> {
  const job = await client.jobs.get(id, { signal })
  const { series } = await client.jobs.metricsSummary(id, {}, { signal })
  const reader = { client, job, signal, states: listStates(job) }
  return { job, numbers: Object.keys(series), lists: listNames(reader), batches: readBatches(reader) }
}

interface Reader {
  client: UnrollClient
  job: Job
  signal: AbortSignal
  states: readonly State[]
}

function listStates({ spec: { model, observe } }: Job): State[] {
  if (observe.flow_every === 0 && observe.probe_every === 0) return []
  return [
    'h',
    ...(hasMemoryCell(model.cell) ? (['c'] as const) : []),
    ...(observe.probe_every > 0 ? (['probe'] as const) : []),
  ]
}

function listName(layer: string, state: State): string {
  return `flow/${layer}.${state}`
}

function listNames({ job, states }: Reader): string[] {
  return listLayerNames(job.spec.model).flatMap((layer) => states.map((state) => listName(layer, state)))
}

/** @throws {Error} when the run resumes from an earlier step meanwhile, so that rows already read are void */
async function* readBatches(reader: Reader): AsyncGenerator<RunBatch> {
  const { client, job, signal } = reader
  const timeOf = stepTimes(job)
  for (let [after, last]: [string | undefined, number] = [undefined, 0]; ;) {
    const page: MetricsPage = await client.jobs.metrics(job.id, { after, limit: ROWS }, { signal })
    if (page.resumed_from_step !== undefined && page.resumed_from_step < last)
      throw new Error(`The run resumed from step ${page.resumed_from_step} while it was read: export it again`)
    if (page.steps.length > 0)
      yield {
        steps: page.steps,
        times: page.steps.map((step, at) => timeOf(step, page.series['step_ms']?.[at] ?? 0)),
        numbers: new Map(Object.entries(page.series)),
        lists: await readLists(reader, page.steps),
      }
    if (page.steps.length < ROWS) return
    ;[after, last] = [page.cursor, page.steps.at(-1) ?? last]
  }
}

/** Gives the time of each row in turn: a row may stand for several steps, of which the last was timed. */
function stepTimes({ started_at, created_at }: Job): (step: number, stepMs: number) => number {
  let [time, before] = [Date.parse(started_at ?? created_at), 0]
  return (step, stepMs) => {
    time += stepMs * (step - before)
    before = step
    return time
  }
}

async function readLists(reader: Reader, steps: readonly number[]): Promise<RunBatch['lists']> {
  const rowOf = new Map(steps.map((step, row) => [step, row]))
  const lists = new Map(listNames(reader).map((name) => [name, steps.map((): readonly Measured[] | null => null)]))
  if (lists.size === 0) return lists
  for await (const { step, name, norms } of readFlow(reader, steps)) {
    const row = rowOf.get(step)
    if (row !== undefined) lists.get(name)![row] = norms
  }
  return lists
}

/** Each observed list in a range of steps. */
async function* readFlow({ client, job, signal, states }: Reader, steps: readonly number[]) {
  for (const [layer, name] of listLayerNames(job.spec.model).entries()) {
    const range = { layer, from_step: steps[0], to_step: steps.at(-1), limit: FLOW_ROWS }
    for (let after: string | undefined; ;) {
      const flow = await client.jobs.flow(job.id, { ...range, after }, { signal })
      if (flow.steps.length === 0) break
      for (const state of states) yield* observed(flow, listName(name, state), STATES[state])
      after = flow.cursor
    }
  }
}

function* observed(flow: FlowPage, name: string, field: (typeof STATES)[State]) {
  for (const [at, norms] of (flow[field] ?? []).entries())
    if (norms.some((norm) => norm !== null)) yield { step: flow.steps[at]!, name, norms }
}
