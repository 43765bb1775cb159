// One layer's pass through the steps of a window, as backward needs it.

import type { Direction } from '@unroll/contract'
import type { LayerInput } from '../network/input.ts'
import type { Ops, Series, SeriesByName } from '../ops/ops.ts'
import { between, leading } from '../ops/series.ts'
import { mapTensors } from '../ops/tensors.ts'

/** What backward needs of one layer's pass through T steps. */
export interface LayerRun<X> {
  /** T. */
  readonly steps: number
  /** The order in which the steps were taken; what is kept of them is oldest first in either. */
  readonly direction: Direction
  readonly input: LayerInput<X>
  /** The states after each step by name, [N,H] each. */
  readonly states: SeriesByName<X>
  /** What the cell saved of each step, by name. */
  readonly saved: SeriesByName<X>
  readonly mask: Series<X> | undefined
  /** The mask on the layer's input; undefined where it has none. */
  readonly dropout: X | undefined
  /** The mask on what the recurrent weights see of h_{t-1}; undefined where there is none. */
  readonly recurrentDropout: X | undefined
  /** The masks of zoneout by state, [N,H] each: 1 where a unit has stayed; none where their mean has taken their place. */
  readonly zones: SeriesByName<X>
}

/** Steps [start, end), 0-based, of a layer's pass. */
export function sliceRun<X>(
  ops: Ops<X>,
  run: LayerRun<X>,
  reach: { readonly start: number; readonly end: number },
): LayerRun<X> {
  const { input, steps: T } = run
  const part = (series: Series<X>): Series<X> => between(ops, series, T, reach)
  return {
    ...run,
    steps: reach.end - reach.start,
    input:
      input.kind === 'vectors'
        ? { kind: 'vectors', x: leading(ops, input.x, T, reach) }
        : { ...input, ids: leading(ops, input.ids, T, reach) },
    states: mapTensors(run.states, part),
    saved: mapTensors(run.saved, part),
    mask: run.mask && part(run.mask),
    zones: mapTensors(run.zones, part),
  }
}
