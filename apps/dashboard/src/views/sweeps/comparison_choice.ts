import { element, setText } from '../../dom/element.ts'
import { compareHref } from '../../router.ts'
import { MOST_RUNS } from './compare.ts'

/** The selection of jobs to compare, and the link to the comparison. */
export class ComparisonChoice {
  readonly link: HTMLAnchorElement = element('a', { class: 'button', testId: 'compare' })
  readonly #chosen = new Set<string>()
  readonly #boxes = new Map<string, HTMLInputElement>()

  constructor() {
    this.#show()
  }

  /** The box that selects a job. */
  box(id: string, signal: AbortSignal): HTMLInputElement {
    const known = this.#boxes.get(id)
    if (known !== undefined) return known
    const box = element('input', {
      testId: 'compare-choice',
      attributes: { type: 'checkbox', 'aria-label': 'Compare this job' },
    })
    const change = () => {
      if (box.checked) this.#chosen.add(id)
      else this.#chosen.delete(id)
      this.#show()
    }
    box.addEventListener('change', change, { signal })
    this.#boxes.set(id, box)
    return box
  }

  #show(): void {
    const count = this.#chosen.size
    this.link.hidden = count < 2
    this.link.href = compareHref([...this.#chosen])
    setText(this.link, `Compare ${count} runs`)
    for (const [id, box] of this.#boxes) box.disabled = count >= MOST_RUNS && !this.#chosen.has(id)
  }
}
