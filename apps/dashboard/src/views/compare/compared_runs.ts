import { readAddress, writeAddress } from '../../address.ts'
import type { ColourMode } from '../../charts/colour_scale.ts'
import type { StepRange } from '../../charts/frame.ts'
import { SERIES_COLOURS, type ThemeColour } from '../../theme.ts'
import type { Job } from '@unroll/client'

/** Runs are distinguished by colour, so that their number is bounded by that of the colours. */
export const MOST_RUNS: number = SERIES_COLOURS.length

/** A run of a comparison. Its place decides its colour, also while others are hidden. */
export interface ComparedRun {
  readonly job: Job
  readonly colour: ThemeColour
}

export function assignColours(jobs: readonly Job[]): ComparedRun[] {
  return jobs.map((job, at) => ({ job, colour: SERIES_COLOURS[at % SERIES_COLOURS.length] ?? '--series-1' }))
}

/** What a person has chosen to see of some runs; the address says it. */
export interface CompareChoice {
  /** Ids of runs that are not drawn. */
  readonly hidden: ReadonlySet<string>
  readonly steps: StepRange | null
  readonly layer: number
  readonly colours: ColourMode
  /** Whether runs that differ in their seed alone are one line with a band. */
  readonly hasBands: boolean
  /** Whether losses have a log axis. */
  readonly logLoss: boolean
}

/** The choice of one page, kept in its address. */
export class CompareView {
  #choice: CompareChoice = parseCompareChoice(readAddress())
  readonly #listeners: ((choice: CompareChoice, before: CompareChoice) => void)[] = []

  get choice(): CompareChoice {
    return this.#choice
  }

  change(changes: Partial<CompareChoice>): void {
    const before = this.#choice
    this.#choice = { ...before, ...changes }
    writeAddress(formatCompareChoice(this.#choice))
    for (const listener of this.#listeners) listener(this.#choice, before)
  }

  toggle(id: string, isShown: boolean): void {
    const hidden = new Set(this.#choice.hidden)
    if (isShown) hidden.delete(id)
    else hidden.add(id)
    this.change({ hidden })
  }

  /** Calls `listener` after each change. It ends with the page, which holds both. */
  onChange(listener: (choice: CompareChoice, before: CompareChoice) => void): void {
    this.#listeners.push(listener)
  }
}

export function parseCompareChoice(parameters: URLSearchParams): CompareChoice {
  const [, from, to] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(parameters.get('steps') ?? '') ?? []
  const colours = parameters.get('colours')
  return {
    hidden: new Set((parameters.get('hide') ?? '').split(',').filter((id) => id !== '')),
    steps: from === undefined ? null : { from: Number(from), to: Number(to) },
    layer: /^\d{1,2}$/.test(parameters.get('layer') ?? '') ? Number(parameters.get('layer')) : 0,
    colours: colours === 'run' || colours === 'relative' ? colours : 'shared',
    hasBands: parameters.get('bands') === '1',
    logLoss: parameters.get('loss') === 'log',
  }
}

export function formatCompareChoice({
  hidden,
  steps,
  layer,
  colours,
  hasBands,
  logLoss,
}: CompareChoice): Record<string, string | null> {
  return {
    hide: hidden.size === 0 ? null : [...hidden].join(','),
    steps: steps === null ? null : `${Number(steps.from.toFixed(2))}-${Number(steps.to.toFixed(2))}`,
    layer: layer === 0 ? null : String(layer),
    colours: colours === 'shared' ? null : colours,
    bands: hasBands ? '1' : null,
    loss: logLoss ? 'log' : null,
  }
}
