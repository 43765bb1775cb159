import type { Flow } from '@unroll/bptt'
import type { SeriesName } from '@unroll/contract'

/** Where the gradient, on its way back from the last time step and the top layer, is first not finite. */
export interface Place {
  /** From 0. */
  readonly layer: number
  /** From 1. */
  readonly timestep: number
}

/** How many norms of the flow are not finite or exactly zero, and where the first that is not finite stands. */
export function flowCounts(flow: Flow): Partial<Record<SeriesName, number>> {
  const norms = [...flow.h, ...(flow.c ?? [])].flatMap((layer) => [...layer])
  const first = firstNonfinite(flow)
  return {
    flow_nonfinite: norms.filter(isNonfinite).length,
    flow_zero: norms.filter((log10) => log10 === -Infinity).length,
    ...(first && { first_nonfinite_layer: first.layer, first_nonfinite_timestep: first.timestep }),
  }
}

/** The first place that is not finite; undefined where all are. */
export function firstNonfinite({ h, c = [] }: Flow): Place | undefined {
  for (let layer = h.length - 1; layer >= 0; layer--) {
    const last = (norms: Float32Array = new Float32Array()): number => norms.findLastIndex(isNonfinite)
    const timestep = Math.max(last(h[layer]), last(c[layer])) + 1
    if (timestep > 0) return { layer, timestep }
  }
  return undefined
}

/** Of a logarithm: -Infinity is an exact zero, which is finite. */
function isNonfinite(log10: number): boolean {
  return Number.isNaN(log10) || log10 === Infinity
}
