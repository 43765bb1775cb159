import { ERRORS } from '@unroll/contract'

/** The page to which the `type` of a problem links: every error of the catalogue. */
export function errorPage(): string {
  const entries = Object.entries(ERRORS).map(
    ([code, { status, title, retryable }]) =>
      `<dt id="${code}"><code>${code}</code></dt><dd>${title}. Status ${status}; ` +
      `${retryable ? 'the same request may succeed later' : 'the same request fails again'}.</dd>`,
  )
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors of Unroll</title><h1>Errors</h1><dl>${entries.join('\n')}</dl></html>\n`
}
