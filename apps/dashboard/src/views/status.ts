import { element, setAttribute, setText } from '../element.ts'
import { formatName } from '../format.ts'
import type { Job, Sweep } from '@unroll/client'

/** The status of a job or a sweep as a dot in its colour and the word. */
export function statusBadge(): HTMLElement {
  return element('span', { class: 'status', testId: 'status' }, element('span', { class: 'dot' }), element('span'))
}

export function showStatus(badge: HTMLElement, { status }: Pick<Job | Sweep, 'status'>): void {
  setAttribute(badge, 'data-status', status)
  const word = badge.lastElementChild
  if (word !== null) setText(word, formatName(status))
}
