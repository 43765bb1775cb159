// A drawn chart in CSS pixels, from which it is written as SVG, and its numbers, from which it is written as CSV.

import type { Range, Tick } from './ticks.ts'

export interface FigureAxis {
  readonly name: string
  /** Places in pixels from the left of the plotting area, or from its top. */
  readonly ticks: readonly Tick[]
}

/** What a shape leads to, and says where the pointer rests on it. */
interface Linked {
  readonly href?: string
  readonly words?: string
}

/** One thing that is drawn over the plotting area. */
export type FigureShape =
  | (Linked & {
      readonly kind: 'path'
      readonly d: string
      readonly colour: string
      readonly width: number
      readonly dash?: boolean
    })
  | { readonly kind: 'area'; readonly d: string; readonly colour: string }
  | (Linked & { readonly kind: 'dot'; readonly x: number; readonly y: number; readonly colour: string })
  | {
      readonly kind: 'text'
      readonly x: number
      readonly y: number
      readonly text: string
      readonly colour: string
      readonly anchor: 'start' | 'end'
    }
  | { readonly kind: 'image'; readonly href: string }

export interface Figure {
  readonly title: string
  /** Size of the plotting area. */
  readonly width: number
  readonly height: number
  readonly x: FigureAxis
  readonly y: FigureAxis
  readonly shapes: readonly FigureShape[]
  readonly legend: readonly { readonly label: string; readonly colour: string }[]
  /** Colours by decade, beside the plotting area. */
  readonly scale?: { readonly decades: Range; readonly ticks: readonly Tick[]; readonly colours: readonly string[] }
}

/** A table as CSV: NaN and ±Infinity by name, nothing where nothing was measured. */
export interface Sheet {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (number | string | null)[])[]
}

/** What can be taken from a chart as it is drawn at the moment. */
export interface Exportable {
  readonly title: string
  readonly figure: () => Figure | undefined
  readonly sheet: () => Sheet
}
