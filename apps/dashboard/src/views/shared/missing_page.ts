import { UnrollProblem } from '@unroll/client'
import { element } from '../../dom/element.ts'

/** A page in place of one that does not exist. */
export function missingPage(
  title: string,
  words: string,
  testId?: string,
  all: { text: string; href: string } = { text: 'All jobs', href: '#/' },
): HTMLElement {
  return element(
    'section',
    { class: 'empty', ...(testId !== undefined && { testId }) },
    element('h1', { text: title }),
    element('p', { text: words }),
    element('a', { text: all.text, attributes: { href: all.href } }),
  )
}

/** Null for a thing that the service does not have; any other error is thrown. */
export function nullIfMissing(error: unknown): null {
  if (error instanceof UnrollProblem && (error.status === 404 || error.status === 400)) return null
  throw error
}
