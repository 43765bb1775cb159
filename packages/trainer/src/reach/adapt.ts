// Adaptive truncation: k2 in the course of a run. As those of a curriculum, its decisions are a function of the weights, so that
// a run that is resumed or computed again takes the same.

import type { Session } from '@unroll/bptt'
import { usesDataset, type JobSpec, type Problem, type SeriesName } from '@unroll/contract'
import type { Decided, Feed } from '@unroll/tasks'
import { isMultiple } from '../intervals.ts'
import { chooseReach, type ReachEstimate } from './estimate.ts'
import { measureLags } from './lags.ts'

/** How far the gradient reaches back. */
export interface Reach {
  /** k2 of the next step. */
  readonly k2: number
  /** The k2 that those after it come to. */
  readonly wanted: number
}

/** What is decided after a step, and what was measured for it. */
export interface Adapted {
  /** None where k2 does not change in the course of the run. */
  readonly reach: Reach | undefined
  readonly series: Partial<Record<SeriesName, number>>
}

interface Adapting {
  readonly spec: JobSpec
  readonly feed: Feed
}

type Adaptive = Extract<JobSpec['bptt'], { mode: 'adaptive' }>

/** k2 of the step after a position, and of the one after that; undefined where the specification says it. */
export function describeReach({ spec: { bptt }, feed }: Adapting, reach: Reach | undefined): Decided['reach'] {
  if (bptt.mode !== 'adaptive') return undefined
  const now = reach ?? begin(bptt)
  return { k2: now.k2, nextK2: follow(now, bptt, feed.problem.mode) }
}

/** Decides after the update of a step how far back the gradients of those after the next one reach. */
export async function adapt(
  session: Session,
  { spec, feed }: Adapting,
  step: number,
  reach: Reach | undefined,
): Promise<Adapted> {
  const { bptt } = spec
  if (bptt.mode !== 'adaptive') return { reach: undefined, series: {} }
  const now = reach ?? begin(bptt)
  const next = { k2: follow(now, bptt, feed.problem.mode), wanted: now.wanted }
  const isDue = step === 1 || isMultiple(bptt.adapt_every, step)
  const found = isDue ? await choose(session, spec, bptt, feed) : undefined
  if (found === undefined) return { reach: next, series: {} }
  return {
    reach: { ...next, wanted: found.k2 },
    series: { truncation_bound: found.bound, gradient_decay: found.decay },
  }
}

function begin({ k1 }: Adaptive): Reach {
  return { k2: k1, wanted: k1 }
}

/**
 * k2 of the step after. The state of the step at which its window begins has been handed over, and none before it is known any
 * more: where a state is carried, k2 grows by k1 a step.
 */
function follow({ k2, wanted }: Reach, { k1 }: Adaptive, mode: Problem['mode']): number {
  return mode === 'many_to_one' ? wanted : Math.min(wanted, k2 + k1)
}

/** Measured on the first held-out batch; undefined without one. */
async function choose(
  session: Session,
  { data, sequence_length, training }: JobSpec,
  { k1, k2_max, bias_bound }: Adaptive,
  { evaluationBatches, problem }: Feed,
): Promise<ReachEstimate | undefined> {
  const [probe] = evaluationBatches
  if (probe === undefined) return undefined
  return chooseReach(await measureLags(session, probe.batch, problem, training.batch_size), {
    k1,
    most: k2_max ?? sequence_length,
    bound: bias_bound,
    losses: problem.mode === 'many_to_one' ? 1 : k1,
    isEndless: usesDataset(data),
  })
}
