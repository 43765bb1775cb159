// A curriculum that grows when a length is solved. Its decisions are a function of the weights, so that a run that is resumed or
// computed again takes the same.

import type { Session } from '@unroll/bptt'
import { isSolved, lengthAt, type JobSpec } from '@unroll/contract'
import type { Feed } from '@unroll/tasks'
import { evaluateLength } from './evaluate.ts'
import { isMultiple } from './intervals.ts'

/** What a look at the length of a step comes to. */
export interface Growth {
  /** How often the sequences have grown up to the next step. */
  readonly growths: number
  /** What was measured, by name and length, `evaluation_loss/20`; nothing where no look was due. */
  readonly series: Readonly<Record<string, number>>
}

/** Decides after the update of a step whether the sequences of the next are longer; not where they are as long as they become. */
export async function grow(
  session: Session,
  { spec, feed }: { readonly spec: JobSpec; readonly feed: Feed },
  step: number,
  growths: number,
): Promise<Growth> {
  const { curriculum } = spec.training
  const T = lengthAt(spec, step, growths)
  if (!curriculum?.when || T === spec.sequence_length || !isMultiple(curriculum.every_steps, step))
    return { growths, series: {} }
  const scores = await evaluateLength(session, feed, T)
  return {
    growths: growths + Number(isSolved(curriculum.when, scores)),
    series: Object.fromEntries(Object.entries(scores).map(([name, value]) => [`${name}/${T}`, value])),
  }
}
