// One run of a specification in this process, as a worker runs and diagnoses it.

import type { Engine } from '@unroll/bptt'
import { parseJobSpec, type JobSpec, type MetricRow, type RecordedFinding } from '@unroll/contract'
import { Diagnostician } from '@unroll/diagnosis'
import { openFeed } from '@unroll/tasks'
import { train } from '@unroll/trainer'

/** What a run comes to. */
export interface Trial {
  /** Held-out loss at the end, as a share of the loss at chance; Infinity where it or the run was not finite. */
  readonly loss: number
  /** Norms, losses and observations, as a worker receives them. */
  readonly rows: readonly MetricRow[]
  /** The best loss without memory. */
  readonly chance: number
  /** That the run took. */
  readonly seconds: number
}

/** Runs a specification to its end. */
export type Run = (body: object) => Promise<Trial>

/** @throws {Error} where the specification is refused */
export function parse(body: object): JobSpec {
  const parsed = parseJobSpec(body)
  if (parsed.ok) return parsed.value
  throw new Error(`Cannot run ${JSON.stringify(body)}: ${JSON.stringify(parsed.faults)}`)
}

/** The same specification where only the end is wanted: observation changes no weight. */
export function unobserved(body: object): object {
  return { ...body, observe: { flow_every: 0, metrics_every: 1_000_000 } }
}

function ignore(): void {}

export async function tryOut(engine: Engine, body: object): Promise<Trial> {
  const started = performance.now()
  const spec = parse(body)
  const feed = await openFeed(spec)
  const rows: MetricRow[] = []
  const outcome = await train(engine, spec, feed, {
    signal: new AbortController().signal,
    clock: () => 0,
    onRow: (row) => rows.push(row),
    onStep: ignore,
    onEvent: ignore,
    onCheckpoint: () => Promise.resolve(),
  })
  const chance = feed.problem.chance.loss
  const loss = outcome.type === 'succeeded' ? outcome.result['evaluation_loss'] : undefined
  const seconds = (performance.now() - started) / 1000
  return { loss: loss !== undefined && Number.isFinite(loss) ? loss / chance : Infinity, rows, chance, seconds }
}

/** What is told of a run, each finding when it is first told. */
export function diagnose(body: object, { rows, chance }: Trial): RecordedFinding[] {
  const diagnostician = new Diagnostician(parse(body), chance)
  const told = [...diagnostician.observe(rows), ...diagnostician.examine()]
  return told.filter(({ code }, at) => told.findIndex((finding) => finding.code === code) === at)
}
