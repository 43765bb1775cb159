// A recurrence over T steps. Written once here as a loop; an interpreter that can run the whole of it as one operation
// says so in `Ops.scan`.

import type { Ops } from './ops.ts'
import { stepsOf, type SeriesByName } from './series.ts'
import { mapTensors, type Tensors } from './tensors.ts'

export interface Recurrence<X> {
  /** T. */
  readonly steps: number
  /** From the last step to the first. */
  readonly backwards?: boolean
  /** What each step hands to the next, by name: its value before the first. */
  readonly carry: Tensors<X>
  /** What each step is given, by name. */
  readonly given: SeriesByName<X>
  /**
   * One step. Whatever it uses beside carry and given is the same at every step.
   * @returns The carry of the next step, by the same names, and what is kept of this one.
   */
  readonly step: (
    ops: Ops<X>,
    carry: Tensors<X>,
    given: Tensors<X>,
  ) => { readonly carry: Tensors<X>; readonly kept: Tensors<X> }
}

export interface Scanned<X> {
  /** After the last step taken. */
  readonly carry: Tensors<X>
  /** Oldest first, whichever way the steps were taken. */
  readonly kept: SeriesByName<X>
}

/** Takes all steps of a recurrence. Errors: RangeError when there is no step. */
export function scan<X>(ops: Ops<X>, recurrence: Recurrence<X>): Scanned<X> {
  const { steps: T } = recurrence
  if (T < 1) throw new RangeError(`Cannot scan as there must be at least one step: current value is ${T}`)
  return ops.scan?.(recurrence) ?? takeSteps(ops, recurrence)
}

/** Takes all steps, one by one: the kept tensors of each are apart. */
export function takeSteps<X>(
  ops: Ops<X>,
  { steps: T, backwards = false, carry, given, step }: Recurrence<X>,
): Scanned<X> {
  const series = mapTensors(given, (each) => stepsOf(ops, each, T))
  const kept: Record<string, X[]> = {}
  let state = carry
  for (let n = 0; n < T; n++) {
    const t = backwards ? T - 1 - n : n
    const before = state
    const next = ops.scope(() =>
      step(
        ops,
        before,
        mapTensors(series, (each) => each[t]!),
      ),
    )
    state = next.carry
    for (const [name, x] of Object.entries(next.kept)) (kept[name] ??= []).push(x)
  }
  return {
    carry: state,
    kept: mapTensors(kept, (steps) => ({ steps: backwards ? steps.toReversed() : steps })),
  }
}
