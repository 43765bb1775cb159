import type { Flow } from '@unroll/bptt'

/** log₁₀ norms of a layer's states, [T] each. */
export type LayerNorms = Readonly<Record<string, Float32Array>>

/** Builds the flow of a report from the norms of each layer; `c` where there is a memory cell. */
export function buildFlow(layers: readonly LayerNorms[]): Flow {
  const of = (state: 'h' | 'c'): Float32Array[] => layers.flatMap((norms) => norms[state] ?? [])
  const c = of('c')
  return { h: of('h'), ...(c.length > 0 && { c }) }
}
