// What a run decides in its course about its data, by what it has learned: as it is part of a position, a run that is resumed or
// computed again decides the same.

import type { Session } from '@unroll/bptt'
import type { JobSpec } from '@unroll/contract'
import type { Decided, Feed } from '@unroll/tasks'
import { grow } from './curriculum.ts'
import { adapt, describeReach } from './reach/adapt.ts'
import type { RunPosition } from './run_state.ts'

interface Deciding {
  readonly spec: JobSpec
  readonly feed: Feed
}

export type Decisions = Pick<RunPosition, 'growths' | 'reach'>

/** What has been decided for the step after a position. */
export function describeDecided(training: Deciding, { growths, reach }: Decisions): Decided {
  const described = describeReach(training, reach)
  return { growths, ...(described && { reach: described }) }
}

/** Decides after the update of a step. @returns the decisions, and series of what was measured for them */
export async function decide(
  session: Session,
  training: Deciding,
  step: number,
  before: Decisions,
): Promise<{ decisions: Decisions; series: Readonly<Record<string, number>> }> {
  const { growths, series } = await grow(session, training, step, before.growths)
  const { reach, series: measured } = await adapt(session, training, step, before.reach)
  return { decisions: { growths, ...(reach && { reach }) }, series: { ...series, ...measured } }
}
