import { SPECIALS, cssColour } from '@unroll/client'
import { element, setAttribute, setText } from '../dom/element.ts'
import type { FlowCounts } from '../data/flow_rows.ts'
import { formatCount } from '../format.ts'
import type { ColourScale } from './colour_scale.ts'
import { FRAME, yTickCount } from './frame.ts'
import { integerTicks, powerOfTen } from './ticks.ts'

const SHADES = 128

/** The scale of a heat map beside it: its colours from the least at the bottom to the greatest, and its decades. */
export class ColourBar {
  readonly root: HTMLElement
  readonly #canvas: HTMLCanvasElement = element('canvas', { attributes: { width: '1', height: String(SHADES) } })
  readonly #ticks: HTMLElement = element('div', { class: 'colour-ticks' })
  readonly #height: number
  #shown: ColourScale | undefined

  /** @param height of the heat map, in CSS pixels */
  constructor(height: number) {
    this.root = element(
      'div',
      { class: 'colour-bar', testId: 'colour-bar', attributes: { role: 'img', 'aria-label': 'Colours' } },
      this.#canvas,
      this.#ticks,
    )
    this.#height = height - FRAME.top - FRAME.bottom
    this.root.style.height = `${this.#height}px`
    this.root.style.marginTop = `${FRAME.top}px`
  }

  /** @param words what the colours mean, for who does not see them */
  show(scale: ColourScale, words: string): void {
    const { decades, colour } = scale
    const { min, max } = decades
    setAttribute(this.root, 'aria-label', `${words}, from ${powerOfTen(min)} to ${powerOfTen(max)}`)
    setAttribute(this.root, 'data-decades', `${min} ${max}`)
    const { decades: before, colour: colourBefore } = this.#shown ?? {}
    if (before?.min === min && before.max === max && colourBefore === colour) return
    this.#shown = scale
    this.#paint(colour)
    const ticks = integerTicks(decades, yTickCount(this.#height)).map(({ at }) => {
      const tick = element('span', { text: powerOfTen(at) })
      tick.style.bottom = `${((at - min) / (max - min)) * 100}%`
      return tick
    })
    this.#ticks.replaceChildren(...ticks)
  }

  #paint(colour: ColourScale['colour']): void {
    const ctx = this.#canvas.getContext('2d')
    if (ctx === null) return
    for (let index = 0; index < SHADES; index += 1) {
      ctx.fillStyle = cssColour(colour(1 - (index + 0.5) / SHADES))
      ctx.fillRect(0, index, 1, 1)
    }
  }
}

/** The values of a heat map without a place on its scale, each with its colour and its count. */
export class SpecialsLegend {
  readonly root: HTMLElement
  readonly #items: { count: HTMLElement; item: HTMLElement; kind: keyof FlowCounts }[]

  constructor() {
    this.#items = SPECIALS.map(({ kind, label, colour }) => {
      const count = element('span', { class: 'readout-value' })
      const item = element(
        'span',
        { class: 'readout-item', testId: `flow-${kind}` },
        box(cssColour(colour)),
        label,
        count,
      )
      return { count, item, kind }
    })
    this.root = element('div', { class: 'readout', testId: 'flow-legend' }, ...this.#items.map(({ item }) => item))
  }

  show(counts: FlowCounts): void {
    for (const { count, kind } of this.#items) setText(count, formatCount(counts[kind]))
  }
}

function box(colour: string): HTMLElement {
  const made = element('span', { class: 'swatch box', attributes: { 'aria-hidden': 'true' } })
  made.style.background = colour
  return made
}
