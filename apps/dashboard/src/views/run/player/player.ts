import type { Trace } from '@unroll/client'
import { drawBars, drawHeat, placeOn, type Place } from '../../../charts/unit_heat.ts'
import { element, setAttribute, setText } from '../../../dom/element.ts'
import { formatValue } from '../../../format.ts'
import { onThemeChange } from '../../../theme.ts'
import { button } from '../../shared/confirmed_button.ts'
import { listTimelineRows, isSymbols, shares, stepWords, symbolWords, type TimelineRow } from './timeline_rows.ts'

/** Time that a step is shown while it plays: a whole sequence takes a few seconds. */
const PLAY_MS = { least: 40, most: 400, whole: 8_000 }
/** Height of a row, in pixels: of each unit, and of all of them. */
const ROW_PX = { unit: 4, named: 17, least: 16, most: 72 }
/** Steps whose symbols are written out. */
const MOST_WRITTEN = 240

interface DrawnRow extends TimelineRow {
  readonly heat: HTMLCanvasElement
  readonly bars: HTMLCanvasElement
  readonly figures: readonly HTMLElement[]
  readonly place: Place
}

type Direction = 1 | -1

/** Plays a trace: what a network computes at each step going forward, and the gradient on its way back. */
export class Player {
  readonly root: HTMLElement
  readonly #trace: Trace
  readonly #rows: readonly DrawnRow[]
  readonly #slider: HTMLInputElement
  readonly #words: HTMLElement = element('p', {
    class: 'player-words',
    testId: 'player-words',
    attributes: { 'aria-live': 'polite' },
  })
  readonly #forward: HTMLButtonElement = button('Play forward ▸', 'player-forward')
  readonly #back: HTMLButtonElement = button('◂ Play back', 'player-back')
  readonly #cells: readonly HTMLElement[]
  #t = 0
  #playing: { timer: number; direction: Direction } | undefined

  constructor(trace: Trace, signal: AbortSignal) {
    this.#trace = trace
    this.#rows = listTimelineRows(trace).map(drawnRow)
    this.#cells = isSymbols(trace) ? inputCells(trace) : []
    this.#slider = element('input', {
      testId: 'player-step',
      attributes: { type: 'range', min: '1', max: String(trace.length), value: '1', 'aria-label': 'Step' },
    })
    const earlier = button('‹', 'player-earlier')
    const later = button('›', 'player-later')
    earlier.setAttribute('aria-label', 'Step back')
    later.setAttribute('aria-label', 'Step forward')
    this.root = element(
      'div',
      { class: 'player', testId: 'player', attributes: { tabindex: '0', role: 'group', 'aria-label': PLAYER_HELP } },
      element(
        'div',
        { class: 'transport' },
        element('div', { class: 'actions' }, this.#back, earlier, later, this.#forward),
        this.#slider,
      ),
      this.#words,
      element('div', { class: 'timeline' }, ...this.#timeline()),
      element('p', { class: 'quiet player-legend', text: LEGEND }),
    )
    const on = { signal }
    earlier.addEventListener('click', () => this.#stepBy(-1), on)
    later.addEventListener('click', () => this.#stepBy(1), on)
    this.#forward.addEventListener('click', () => this.#toggle(1), on)
    this.#back.addEventListener('click', () => this.#toggle(-1), on)
    this.#slider.addEventListener('input', () => this.#pauseAt(this.#slider.valueAsNumber - 1), on)
    this.root.addEventListener('keydown', (event) => this.#onKey(event), on)
    this.root.addEventListener('pointerdown', (event) => this.#onPointer(event), on)
    this.root.addEventListener('pointermove', (event) => event.buttons === 1 && this.#onPointer(event), on)
    signal.addEventListener('abort', () => this.#stop(), { once: true })
    onThemeChange(() => this.draw(), signal)
    const watch = new ResizeObserver(() => this.#show(this.#t))
    watch.observe(this.root)
    signal.addEventListener('abort', () => watch.disconnect(), { once: true })
  }

  /** Draws everything, once it is on the page. */
  draw(): void {
    for (const { heat, scale, steps } of this.#rows) drawHeat(heat, scale, steps)
    this.#show(this.#t)
  }

  #timeline(): HTMLElement[] {
    let group = ''
    const written =
      this.#cells.length === 0
        ? []
        : [
            heading('Input'),
            label('x', 'shaded by how much L depends on it'),
            track(element('div', { class: 'cells' }, ...this.#cells)),
            now(),
          ]
    if (written.length > 0) group = 'Input'
    return [
      ...written,
      ...this.#rows.flatMap((row) => {
        const head = row.group === group ? [] : [heading(row.group)]
        group = row.group
        const heat = track(row.heat)
        if (row.isBackward) heat.dataset['backward'] = ''
        return [...head, label(row.name, row.title), heat, now(row.bars, ...row.figures)]
      }),
    ]
  }

  #show(t: number): void {
    this.#t = Math.min(this.#trace.length - 1, Math.max(0, t))
    const { length } = this.#trace
    this.root.style.setProperty('--from', String(this.#t / length))
    this.root.style.setProperty('--to', String((this.#t + 1) / length))
    this.#slider.value = String(this.#t + 1)
    setText(this.#words, stepWords(this.#trace, this.#t))
    for (const [at, cell] of this.#cells.entries()) setAttribute(cell, 'aria-current', at === this.#t ? 'step' : null)
    for (const row of this.#rows) {
      const values = row.steps[this.#t] ?? []
      drawBars(row.bars, values, row)
      for (const [unit, figure] of row.figures.entries())
        setText(figure, unitWords(row, values, { unit, isWanted: row.wanted?.[this.#t] === unit }))
      setAttribute(row.bars, 'aria-label', `${row.title} at step ${this.#t + 1}`)
    }
  }

  #stepBy(steps: number): void {
    this.#pauseAt(this.#t + steps)
  }

  #pauseAt(t: number): void {
    this.#stop()
    this.#show(t)
  }

  #toggle(direction: Direction): void {
    const isPlaying = this.#playing?.direction === direction
    this.#stop()
    if (isPlaying) return
    const last = direction === 1 ? this.#trace.length - 1 : 0
    if (this.#t === last) this.#show(this.#trace.length - 1 - last)
    const { least, most, whole } = PLAY_MS
    const everyMs = Math.min(most, Math.max(least, whole / this.#trace.length))
    const advance = () => {
      this.#show(this.#t + direction)
      if (this.#t === last) this.#stop()
    }
    this.#playing = { timer: globalThis.setInterval(advance, everyMs) as unknown as number, direction }
    setText(direction === 1 ? this.#forward : this.#back, 'Pause')
    setAttribute(this.#words, 'aria-live', 'off') // a step is over before it is read aloud
  }

  #stop(): void {
    globalThis.clearInterval(this.#playing?.timer)
    this.#playing = undefined
    setText(this.#forward, 'Play forward ▸')
    setText(this.#back, '◂ Play back')
    setAttribute(this.#words, 'aria-live', 'polite')
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    if (event.target === this.#slider && event.key !== ' ') return // it moves by the same keys itself
    const last = this.#trace.length - 1
    const acts: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#stepBy(-1),
      ArrowRight: () => this.#stepBy(1),
      Home: () => this.#pauseAt(0),
      End: () => this.#pauseAt(last),
    }
    const act = event.key === ' ' && event.target === this.root ? () => this.#toggle(1) : acts[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }

  #onPointer({ target, clientX }: PointerEvent): void {
    const touched = target instanceof Element ? target.closest('.track') : null
    if (touched === null) return
    const { left, width } = touched.getBoundingClientRect()
    this.#pauseAt(Math.floor(((clientX - left) / width) * this.#trace.length))
  }
}

const LEGEND =
  'A row for each unit, a column for each step; beside it the step that is shown. Gates and answers: blank 0, blue 1. States: blue above 0, orange below. Gradients: by decades from the largest, grey where exactly 0. What the step does not know yet is pale: gradients come from the end.'
const PLAYER_HELP = 'Step by step: ← and → go through time, Home and End to its ends, space plays'

function drawnRow(row: TimelineRow): DrawnRow {
  const { names, steps, title } = row
  const units = steps[0]?.length ?? 0
  const size = names === undefined ? units * ROW_PX.unit : units * ROW_PX.named
  const height = `${Math.max(ROW_PX.least, names === undefined ? Math.min(ROW_PX.most, size) : size)}px`
  const heat = element('canvas', { class: 'heat', attributes: { role: 'img', 'aria-label': `${title}, over time` } })
  const bars = element('canvas', { class: 'now-bars', attributes: { role: 'img', 'aria-label': title } })
  heat.style.height = height
  bars.style.height = height
  const figures = (names ?? []).map(() => element('span', { class: 'now-figure' }))
  return { ...row, heat, bars, figures, place: placeOn(row.scale, steps) }
}

/** `cat 93 %`, with a tick where it is wanted; or a number. */
function unitWords(
  { names, scale }: TimelineRow,
  values: readonly number[],
  { unit, isWanted }: { unit: number; isWanted: boolean },
): string {
  const value = values[unit] ?? Number.NaN
  const name = names?.[unit] ?? ''
  const words = scale === 'share' ? `${name} ${(value * 100).toFixed(0)} %` : `${name} ${formatValue(value)}`
  return isWanted ? `${words} ✓` : words.trim()
}

/** The symbols, coloured by saliency. */
function inputCells({ inputs, saliency, length }: Trace): HTMLElement[] {
  const sizes = shares(saliency.map(Number))
  return inputs.map((x, t) => {
    const cell = element('span', {
      class: 'cell',
      text: length <= MOST_WRITTEN && typeof x === 'string' ? symbolWords(x) : '',
      attributes: { title: `step ${t + 1}, ‖∂L/∂x‖ ${saliency[t] ?? 'unknown'}` },
    })
    cell.style.setProperty('--share', String(sizes[t] ?? 0))
    return cell
  })
}

function heading(text: string): HTMLElement {
  return element('h3', { class: 'timeline-group', text })
}

function label(name: string, title: string): HTMLElement {
  return element('div', { class: 'timeline-label' }, element('b', { text: name }), element('span', { text: title }))
}

/** The time axis of a row, with a mark at the step that is shown. */
function track(content: HTMLElement): HTMLElement {
  return element(
    'div',
    { class: 'track' },
    content,
    element('div', { class: 'unknown' }),
    element('div', { class: 'playhead' }),
  )
}

function now(...content: readonly HTMLElement[]): HTMLElement {
  return element('div', { class: 'now' }, ...content)
}
