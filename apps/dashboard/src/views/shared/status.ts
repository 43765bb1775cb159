import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatName } from '../../format.ts'
import { statusWords, type Job, type Session, type Sweep } from '@unroll/client'

/** The status of a job, a sweep or a session as a dot in its colour and the word. */
export function statusBadge(): HTMLElement {
  return element('span', { class: 'status', testId: 'status' }, element('span', { class: 'dot' }), element('span'))
}

export function showStatus(
  badge: HTMLElement,
  shown: Pick<Job, 'status' | 'outcome'> | Pick<Job | Sweep | Session, 'status'>,
): void {
  const isJob = 'outcome' in shown
  setAttribute(badge, 'data-status', shown.status)
  setAttribute(badge, 'data-at-chance', String(isJob && shown.outcome?.at_chance === true))
  const word = badge.lastElementChild
  if (word !== null) setText(word, isJob ? statusWords(shown) : formatName(shown.status))
}
