import { FRAME, type StepRange } from '../../charts/frame.ts'
import type { Upright } from '../../charts/overlay.ts'
import { element, setAttribute } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'
import type { Checkpoint, Finding, Job, JobEvent } from '@unroll/client'

/** Something that happened at a step of a run, or from one step to another. */
export interface RunMark {
  readonly kind: 'attempt' | 'finding' | 'nonfinite' | 'checkpoint'
  readonly from: number
  readonly to: number
  readonly words: string
}

const ROWS: readonly { kind: RunMark['kind']; label: string }[] = [
  { kind: 'attempt', label: 'attempts' },
  { kind: 'finding', label: 'findings' },
  { kind: 'nonfinite', label: 'not finite' },
  { kind: 'checkpoint', label: 'checkpoints' },
]

/** Attempts, if there was more than one; each begins at the step from which it resumed. */
export function listAttempts({ attempts }: Pick<Job, 'attempts'>): RunMark[] {
  if (attempts.length < 2) return []
  return attempts.map(({ epoch, from_step: from, to_step: to }) => ({
    kind: 'attempt',
    from,
    to: Math.max(from, to),
    words: `attempt ${epoch}, steps ${formatCount(from)} to ${formatCount(to)}`,
  }))
}

/** @param newest the step to which a finding that still holds goes */
export function listFindings(findings: readonly Finding[], newest: number): RunMark[] {
  return findings.map(({ title, first_step: from, until_step: until }) => ({
    kind: 'finding',
    from,
    to: until ?? Math.max(from, newest),
    words: `${title}, from step ${formatCount(from)}${until === null ? '' : ` to ${formatCount(until)}`}`,
  }))
}

export function listCheckpoints(checkpoints: readonly Checkpoint[]): RunMark[] {
  return checkpoints.map(({ step }) => ({
    kind: 'checkpoint',
    from: step,
    to: step,
    words: `checkpoint of step ${formatCount(step)}`,
  }))
}

/** Steps whose loss, gradient or update was not finite, as the log has them. */
export function listNonfinite(events: readonly JobEvent[]): RunMark[] {
  return events.flatMap(({ code, data }) => {
    const step = Number(data['step'] ?? Number.NaN)
    if (code !== 'nonfinite_gradient' || Number.isNaN(step)) return []
    return [{ kind: 'nonfinite' as const, from: step, to: step, words: `not finite at step ${formatCount(step)}` }]
  })
}

/** Lines in the charts of steps: where an attempt resumed, and where a finding began. */
export function toUprights(marks: readonly RunMark[]): Upright[] {
  return marks.flatMap(({ kind, from, words }): Upright[] => {
    if (kind === 'attempt' && from > 0) return [{ step: from, colour: '--guide', label: words.split(',', 1)[0] ?? '' }]
    return kind === 'finding' ? [{ step: from, colour: '--waiting', isDashed: true }] : []
  })
}

/** What happened in a run, over the training steps of the heat map above: a row for each kind. */
export class MarkStrip {
  readonly root: HTMLElement = element('div', {
    class: 'marks',
    testId: 'marks',
    attributes: { role: 'group', 'aria-label': 'Marks of the run' },
  })
  readonly #lists = new Map<RunMark['kind'], readonly RunMark[]>()
  readonly #onChange: (marks: readonly RunMark[]) => void
  #range: StepRange = { from: 0, to: 1 }

  constructor(onChange: (marks: readonly RunMark[]) => void) {
    this.#onChange = onChange
    this.root.hidden = true
    this.root.style.setProperty('--left', `${FRAME.left}px`)
    this.root.style.setProperty('--right', `${FRAME.right}px`)
  }

  /** Shows the marks of a kind in place of those before. */
  show(kind: RunMark['kind'], marks: readonly RunMark[]): void {
    if (JSON.stringify(this.#lists.get(kind) ?? []) === JSON.stringify(marks)) return
    this.#lists.set(kind, marks)
    this.#onChange([...this.#lists.values()].flat())
    this.#draw()
  }

  showRange(range: StepRange): void {
    if (range.from === this.#range.from && range.to === this.#range.to) return
    this.#range = range
    this.#draw()
  }

  #draw(): void {
    const shown = ROWS.filter(({ kind }) => (this.#lists.get(kind) ?? []).length > 0)
    this.root.hidden = shown.length === 0
    const count = [...this.#lists.values()].reduce((sum, marks) => sum + marks.length, 0)
    setAttribute(this.root, 'data-count', String(count))
    this.root.replaceChildren(
      ...shown.map(({ kind, label }) => {
        const track = element('span', { class: 'mark-track' }, ...this.#place(this.#lists.get(kind) ?? []))
        return element('div', { class: 'mark-row' }, element('span', { class: 'mark-label', text: label }), track)
      }),
    )
  }

  #place(marks: readonly RunMark[]): HTMLElement[] {
    const { from: first, to: last } = this.#range
    const toShare = (step: number) => Math.min(1, Math.max(0, (step - first) / (last - first)))
    return marks
      .filter(({ from, to }) => to >= first && from <= last)
      .map(({ kind, from, to, words }) => {
        const attributes = { role: 'img', 'aria-label': words, title: words, tabindex: '0', 'data-kind': kind }
        const mark = element('span', { class: 'mark', testId: 'mark', attributes })
        mark.style.left = `${toShare(from) * 100}%`
        mark.style.width = `${(toShare(to) - toShare(from)) * 100}%`
        return mark
      })
  }
}
