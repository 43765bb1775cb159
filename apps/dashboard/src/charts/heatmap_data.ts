import type { Reach } from '../data/flow_relative.ts'
import type { FlowGrid } from '../data/flow_rows.ts'
import type { ColourScale } from './colour_scale.ts'
import type { StepRange } from './frame.ts'

export interface HeatMapZoom {
  readonly range: StepRange
  readonly timesteps: StepRange
}

export interface HeatMapData extends HeatMapZoom {
  readonly grid: FlowGrid
  readonly scale: ColourScale
  /** What the values are, such as `norm`. */
  readonly quantity: string
  readonly reach?: Reach | undefined
  /** The time step that the output at t = T needs, and its words. */
  readonly lag?: { readonly timestep: number; readonly label: string } | undefined
}
