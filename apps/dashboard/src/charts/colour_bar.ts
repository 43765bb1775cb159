import { element, setText } from '../dom/element.ts'
import { formatCount } from '../format.ts'
import { SPECIALS, cssColour, viridis, type SpecialCounts } from './colour_map.ts'
import { powerOfTen, type Range } from './ticks.ts'

const SHADES = 64

/** The legend of a heat map: its scale, and the special values with their counts. */
export class ColourBar {
  readonly root: HTMLElement
  readonly #least: HTMLElement = element('span', { class: 'readout-value' })
  readonly #greatest: HTMLElement = element('span', { class: 'readout-value' })
  readonly #counts: HTMLElement[]

  constructor() {
    this.#counts = SPECIALS.map(() => element('span', { class: 'readout-value' }))
    const specials = SPECIALS.map(({ kind, label, colour }, index) =>
      element(
        'span',
        { class: 'readout-item', testId: `flow-${kind}` },
        box(cssColour(colour)),
        label,
        this.#counts[index] ?? null,
      ),
    )
    this.root = element(
      'div',
      { class: 'readout', testId: 'flow-legend' },
      element('span', { class: 'colour-bar' }, this.#least, gradient(), this.#greatest),
      ...specials,
    )
  }

  show(decades: Range | null, counts: SpecialCounts): void {
    setText(this.#least, decades === null ? '–' : powerOfTen(decades.min))
    setText(this.#greatest, decades === null ? '–' : powerOfTen(decades.max))
    for (const [index, { kind }] of SPECIALS.entries()) {
      const target = this.#counts[index]
      if (target !== undefined) setText(target, formatCount(counts[kind]))
    }
  }
}

function gradient(): HTMLElement {
  const canvas = element('canvas', { class: 'gradient', attributes: { width: String(SHADES), height: '1' } })
  const ctx = canvas.getContext('2d')
  if (ctx === null) return canvas
  for (let index = 0; index < SHADES; index += 1) {
    ctx.fillStyle = cssColour(viridis(index / (SHADES - 1)))
    ctx.fillRect(index, 0, 1, 1)
  }
  return canvas
}

function box(colour: string): HTMLElement {
  const made = element('span', { class: 'swatch box', attributes: { 'aria-hidden': 'true' } })
  made.style.background = colour
  return made
}
