import type { Flow } from '@unroll/bptt'
import type { SeriesName } from '@unroll/contract'

/** The place at which the gradient, on its way back from the last time step and the top layer, is first non-finite. */
export interface Place {
  /** From 0. */
  readonly layer: number
  /** From 1. */
  readonly timestep: number
}

/** The counts of non-finite norms and exact zeros of the flow, and the place of the first non-finite one. */
export function flowCounts(flow: Flow): Partial<Record<SeriesName, number>> {
  const norms = [...flow.h, ...(flow.c ?? [])].flatMap((layer) => [...layer])
  const first = firstNonfinite(flow)
  return {
    flow_nonfinite: norms.filter(isNonfinite).length,
    flow_zero: norms.filter((log10) => log10 === -Infinity).length,
    ...(first && { first_nonfinite_layer: first.layer, first_nonfinite_timestep: first.timestep }),
  }
}

/** The first non-finite place; undefined if all are finite. */
export function firstNonfinite({ h, c = [] }: Flow): Place | undefined {
  for (let layer = h.length - 1; layer >= 0; layer--) {
    const last = (norms: Float32Array = new Float32Array()): number => norms.findLastIndex(isNonfinite)
    const timestep = Math.max(last(h[layer]), last(c[layer])) + 1
    if (timestep > 0) return { layer, timestep }
  }
  return undefined
}

/** Whether a logarithm is of a finite norm: -Infinity is an exact zero. */
function isNonfinite(log10: number): boolean {
  return Number.isNaN(log10) || log10 === Infinity
}
