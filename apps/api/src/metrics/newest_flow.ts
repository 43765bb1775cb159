import type { Job, LayerFlow } from '@unroll/contract'
import type { Metrics } from '@unroll/store'

/** Rows of one read: more than a run produces between two heartbeats. */
const LIMIT = 100

export interface WantedFlow {
  /** Training steps between two observations; 0 if there are none. */
  every: number
  /** The last training step that is looked at; the newest unless given. */
  upTo: number | undefined
  /** Whether a layer has what is wanted. */
  has: (layer: LayerFlow) => boolean
}

/**
 * The newest row of flow that has in all layers what is wanted. Only reads steps at which it is due, so that a long run costs no
 * more than a short one.
 */
export async function findNewestFlow(
  metrics: Metrics,
  { id, progress }: Job,
  { every, upTo, has }: WantedFlow,
): Promise<{ step: number; flow: LayerFlow[] } | undefined> {
  if (every === 0) return undefined
  const newest = Math.floor(Math.min(upTo ?? Infinity, progress.step) / every) * every
  for (const fromStep of new Set([newest, newest - every, 1])) {
    if (fromStep < 1) continue
    const page = await metrics.readFlow(id, { fromStep, limit: LIMIT, ...(upTo !== undefined && { toStep: upTo }) })
    for (const { steps, flow } of page.blocks.toReversed()) {
      const at = flow.findLastIndex((layers) => layers.every(has))
      if (at >= 0) return { step: steps[at] ?? 0, flow: flow[at] ?? [] }
    }
  }
  return undefined
}
