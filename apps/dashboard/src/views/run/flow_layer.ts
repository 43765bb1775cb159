import { HeatMap } from '../../charts/heatmap.ts'
import type { HeatMapZoom } from '../../charts/heatmap_data.ts'
import type { ColourMode, ColourScale } from '../../charts/colour_scale.ts'
import { survey } from '../../charts/flow_survey.ts'
import type { StepRange } from '../../charts/frame.ts'
import type { StepCursor } from '../../charts/step_cursor.ts'
import type { ViewContext } from '../../context.ts'
import { flowSource } from '../../data/feed.ts'
import { lastNorms, relateToLast, traceReach, type Reach } from '../../data/flow_relative.ts'
import { FlowRows, type FlowGrid, type FlowState } from '../../data/flow_rows.ts'
import { Zoomed } from '../../data/zoomed.ts'
import { element } from '../../dom/element.ts'

export interface FlowLayerOptions {
  readonly jobId: string
  readonly layer: number
  /** How it is called: `layer 0`. */
  readonly name: string
  readonly testId: string
  readonly height: number
  readonly cursor: StepCursor
  readonly onRows: () => void
  readonly onZoom: (zoom: HeatMapZoom | null) => void
  readonly onPan?: (share: number) => void
}

/** What a layer shows beside its rows. */
export interface FlowPicture {
  readonly range: StepRange
  readonly timesteps: StepRange
  readonly scale: ColourScale
  readonly quantity: string
  readonly lag?: { readonly timestep: number; readonly label: string } | undefined
}

/** The choices of a colour scale, in words. */
export const COLOUR_MODES: Readonly<Record<ColourMode, string>> = {
  shared: 'shared by all runs',
  run: 'of what is shown',
  relative: 'relative to t = T',
}

const EMPTY = new FlowRows()

/** ε of the line along which a gradient ends, as in the horizon of a probe. */
export const EPSILON = 0.01

/** The flow of one layer: its rows, followed while the job trains, and its heat map. */
export class FlowLayer {
  readonly root: HTMLElement
  readonly layer: number
  readonly name: string
  readonly #context: ViewContext
  readonly #options: FlowLayerOptions
  readonly #map: HeatMap
  readonly #ending = new AbortController()
  #flow: Zoomed<FlowRows> | undefined
  /** All time steps, if those shown are a part: norms at t = T are read from it. */
  #whole: Zoomed<FlowRows> | undefined

  constructor(context: ViewContext, options: FlowLayerOptions) {
    const { signal } = context
    signal.addEventListener('abort', () => this.close(), { once: true })
    this.#context = { ...context, signal: this.#ending.signal }
    this.#options = options
    this.layer = options.layer
    this.name = options.name
    this.#map = new HeatMap({
      label: `Gradient norm by time step and training step, ${options.name}`,
      testId: options.testId,
      height: options.height,
      cursor: options.cursor,
      onZoom: options.onZoom,
      onPan: options.onPan,
      signal: this.#ending.signal,
    })
    this.root = element(
      'figure',
      { class: 'flow-layer' },
      element('figcaption', { text: options.name }),
      this.#map.root,
    )
  }

  /** Reads a part of the time steps, or all of them, and a part of the training steps or all. */
  follow(timesteps: StepRange | null, steps: StepRange | null): void {
    this.#flow?.close()
    this.#whole?.close()
    const { jobId, layer, onRows } = this.#options
    const read = (view: { from_timestep?: number; to_timestep?: number }) => {
      const rows = new Zoomed(this.#context, flowSource(jobId, { layer, ...view }), onRows)
      if (steps !== null) rows.zoomTo(steps)
      return rows
    }
    this.#whole = timesteps === null ? undefined : read({})
    this.#flow = read(timesteps === null ? {} : { from_timestep: timesteps.from, to_timestep: timesteps.to })
  }

  zoomTo(steps: StepRange | null): void {
    this.#flow?.zoomTo(steps)
    this.#whole?.zoomTo(steps)
  }

  /** Rows of a state as they are measured, or each norm relative to that at t = T. */
  grid(state: FlowState, isRelative = false): FlowGrid {
    const grid = this.#shown.grid(state)
    return isRelative ? relateToLast(grid, lastNorms(grid, this.#reaching.grid(state))) : grid
  }

  /** Whether any row has a value of this state. */
  has(state: FlowState): boolean {
    const { counts, finite } = survey(this.grid(state).values)
    return finite + counts.nan + counts.infinity + counts.zero > 0
  }

  /** Where the gradient of the last loss ends: of the probe flow, else of the flow. */
  reach(state: FlowState): { reach: Reach; isProbe: boolean } {
    const isProbe = this.has('probe')
    const of = isProbe ? 'probe' : state
    const grid = this.grid(of)
    return { reach: traceReach(grid, lastNorms(grid, this.#reaching.grid(of)), EPSILON), isProbe }
  }

  draw(grid: FlowGrid, reach: Reach, picture: FlowPicture): void {
    this.#map.draw({ grid, reach, ...picture })
  }

  close(): void {
    this.#ending.abort()
  }

  get #shown(): FlowRows {
    return this.#flow?.shown ?? EMPTY
  }

  /** Rows whose last line is that of t = T. */
  get #reaching(): FlowRows {
    return this.#whole?.shown ?? this.#shown
  }
}
