import { element } from '../../dom/element.ts'
import type { Job, Session } from '@unroll/client'

/** The whole specification with every default, as JSON that is ready to submit. */
export function specification({ spec }: Pick<Job, 'spec'> | Pick<Session, 'spec'>): HTMLElement {
  return element(
    'details',
    { class: 'panel', testId: 'specification' },
    element('summary', {}, element('h2', { text: 'Specification' })),
    element('pre', { attributes: { tabindex: '0' } }, element('code', { text: JSON.stringify(spec, null, 2) })),
  )
}
