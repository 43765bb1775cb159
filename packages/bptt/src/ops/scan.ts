// A recurrence over T steps. Written once here as a loop; an interpreter that can run the whole of it as one operation
// says so in `Ops.scan`.

import type { Ops, Recurrence, Scanned } from './ops.ts'
import { splitSteps } from './series.ts'
import { mapTensors } from './tensors.ts'

/** Takes all steps of a recurrence. Errors: RangeError when there is no step. */
export function scan<X>(ops: Ops<X>, recurrence: Recurrence<X>): Scanned<X> {
  const { steps: T } = recurrence
  if (T < 1) throw new RangeError(`Cannot scan as there must be at least one step: current value is ${T}`)
  return ops.scan?.(recurrence) ?? takeSteps(ops, recurrence)
}

/** Computes all steps one by one; the kept tensors of each step are separate. */
export function takeSteps<X>(
  ops: Ops<X>,
  { steps: T, backwards = false, carry, given, step }: Recurrence<X>,
): Scanned<X> {
  const series = mapTensors(given, (each) => splitSteps(ops, each, T))
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
