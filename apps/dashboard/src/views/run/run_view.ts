import { queueDrawing } from '../../charts/drawing_queue.ts'
import { readAddress, writeAddress } from '../../address.ts'
import type { ColourMode } from '../../charts/colour_scale.ts'
import type { StepRange } from '../../charts/frame.ts'
import type { FlowState } from '../../data/flow_rows.ts'

export type XUnit = 'step' | 'time' | 'epoch'

/** What a person has chosen to see of a run. The address says all of it, so that a link shows the same. */
export interface RunChoice {
  /** Zoomed training steps; null for all. */
  readonly steps: StepRange | null
  /** Zoomed time steps; null for all. */
  readonly timesteps: StepRange | null
  /** Pinned training step. */
  readonly pinned: number | null
  /** Layer of the flow; null for all. */
  readonly layer: number | null
  readonly state: FlowState
  readonly colours: ColourMode
  /** Weight of the past in the smoothed loss, 0 to less than 1; 0 is not smoothed. */
  readonly smoothing: number
  readonly x: XUnit
  /** Whether the loss has a log axis. */
  readonly logLoss: boolean
}

export const FIRST_CHOICE: RunChoice = {
  steps: null,
  timesteps: null,
  pinned: null,
  layer: null,
  state: 'h',
  colours: 'shared',
  smoothing: 0,
  x: 'step',
  logLoss: false,
}

/** Largest weight of the past that can be chosen. */
export const MOST_SMOOTHING = 0.995

/** The choice that an address says. What it does not say, or says wrongly, is as at first. */
export function parseChoice(parameters: URLSearchParams): RunChoice {
  const get = (name: string) => parameters.get(name) ?? ''
  const oneOf = <Name extends string>(name: string, known: readonly Name[], first: Name): Name =>
    known.find((each) => each === get(name)) ?? first
  const smoothing = Number(get('smooth'))
  return {
    steps: parseRange(get('steps')),
    timesteps: parseRange(get('t')),
    pinned: parseCount(get('pin')),
    layer: parseCount(get('layer')),
    state: oneOf('of', ['h', 'c', 'probe'], FIRST_CHOICE.state),
    colours: oneOf('colours', ['shared', 'run', 'relative'], FIRST_CHOICE.colours),
    smoothing: smoothing > 0 && smoothing <= MOST_SMOOTHING ? smoothing : 0,
    x: oneOf('x', ['step', 'time', 'epoch'], FIRST_CHOICE.x),
    logLoss: get('loss') === 'log',
  }
}

/** The parameters of the address that say a choice; null for what is as at first. */
export function formatChoice(choice: RunChoice): Record<string, string | null> {
  const unlessFirst = (name: 'state' | 'colours' | 'x') => (choice[name] === FIRST_CHOICE[name] ? null : choice[name])
  return {
    steps: formatZoom(choice.steps),
    t: formatZoom(choice.timesteps),
    pin: choice.pinned === null ? null : String(choice.pinned),
    layer: choice.layer === null ? null : String(choice.layer),
    of: unlessFirst('state'),
    colours: unlessFirst('colours'),
    smooth: choice.smoothing === 0 ? null : String(choice.smoothing),
    x: unlessFirst('x'),
    loss: choice.logLoss ? 'log' : null,
  }
}

function parseRange(text: string): StepRange | null {
  const [, from, to] = /^(\d{1,12}(?:\.\d+)?)-(\d{1,12}(?:\.\d+)?)$/.exec(text) ?? []
  const range = { from: Number(from), to: Number(to) }
  return range.from <= range.to ? range : null
}

function formatZoom(range: StepRange | null): string | null {
  return range === null ? null : `${Number(range.from.toFixed(2))}-${Number(range.to.toFixed(2))}`
}

function parseCount(text: string): number | null {
  return /^\d{1,12}$/.test(text) ? Number(text) : null
}

/** The choice of one page, kept in its address. */
export class RunView {
  #choice: RunChoice = parseChoice(readAddress())
  readonly #listeners: ((choice: RunChoice, before: RunChoice) => void)[] = []
  readonly #writeSoon: () => void

  constructor(signal: AbortSignal) {
    this.#writeSoon = queueDrawing(() => writeAddress(formatChoice(this.#choice)), signal)
  }

  get choice(): RunChoice {
    return this.#choice
  }

  change(changes: Partial<RunChoice>): void {
    const before = this.#choice
    this.#choice = { ...before, ...changes }
    this.#writeSoon()
    for (const listener of this.#listeners) listener(this.#choice, before)
  }

  /** Calls `listener` after each change. It ends with the page, which holds both. */
  onChange(listener: (choice: RunChoice, before: RunChoice) => void): void {
    this.#listeners.push(listener)
  }
}
