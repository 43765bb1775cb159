import { element, setText } from '../dom/element.ts'
import type { MarkKind } from './decimate.ts'
import { formatCount, formatValue } from '../format.ts'
import type { ThemeColour } from '../theme.ts'

/** An entry of the legend: a series and its colour. */
export interface LegendItem {
  readonly name: string
  readonly label: string
  readonly colour: ThemeColour
}

/** A value in the legend, with its step if that is not the one under the pointer. */
export interface LegendValue {
  readonly value: number
  readonly measuredAt?: number
  /** The bucket of steps whose last value it is. */
  readonly extremes?: readonly [least: number, greatest: number]
}

const MARK_LABELS: Record<MarkKind, string> = {
  nan: 'NaN',
  infinity: '+Infinity',
  '-infinity': '−Infinity',
  zero: 'exact zero',
}

/** The legend of a line chart: names, and the values under the pointer or of the newest row. */
export class Legend {
  readonly root: HTMLElement
  readonly #place: HTMLElement = element('span', { class: 'readout-place' })
  readonly #marks: HTMLElement = element('span', { class: 'readout-marks' })
  readonly #values = new Map<string, HTMLElement>()
  readonly #items = new Map<string, HTMLElement>()

  constructor(items: readonly LegendItem[]) {
    for (const item of items) {
      const value = element('span', { class: 'readout-value' })
      this.#values.set(item.name, value)
      this.#items.set(item.name, element('span', { class: 'readout-item' }, swatch(item), item.label, value))
    }
    this.root = element('div', { class: 'readout' }, this.#place, ...this.#items.values(), this.#marks)
  }

  /** Shows a position such as `step 1,200` and the value of each item by its name, if it was measured. */
  show(place: string, values: ReadonlyMap<string, LegendValue>): void {
    setText(this.#place, place)
    for (const [name, target] of this.#values) setText(target, valueText(values.get(name)))
  }

  /** Shows or hides the item `name`. */
  toggle(name: string, isShown: boolean): void {
    const item = this.#items.get(name)
    if (item !== undefined) item.hidden = !isShown
  }

  /** Shows the number of values with a mark instead of a point on the line. */
  countMarks(counts: Readonly<Record<MarkKind, number>>): void {
    const words = Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `${MARK_LABELS[kind as MarkKind]} × ${formatCount(count)}`)
    setText(this.#marks, words.join(' · '))
  }
}

function valueText(shown: LegendValue | undefined): string {
  if (shown === undefined) return '–'
  const place = shown.measuredAt === undefined ? '' : ` at ${formatCount(shown.measuredAt)}`
  const extremes = shown.extremes === undefined ? '' : ` (${shown.extremes.map(formatValue).join(' … ')})`
  return `${formatValue(shown.value)}${extremes}${place}`
}

function swatch({ colour }: LegendItem): HTMLElement {
  const made = element('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } })
  made.style.setProperty('--swatch', `var(${colour})`)
  return made
}
