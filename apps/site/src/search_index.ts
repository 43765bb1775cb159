import MiniSearch from 'minisearch'
import { SEARCH_OPTIONS, type Found } from './search_options.ts'
import type { Page } from './page.ts'

/** The index of all passages, for the search in the browser. */
export function writeSearchIndex(pages: readonly Page[]): string {
  const search = new MiniSearch<Found & { id: string; text: string }>(SEARCH_OPTIONS)
  for (const { path, title, passages } of pages)
    for (const [at, passage] of passages.entries()) {
      const address = at === 0 ? path : `${path}#${passage.id}`
      search.add({ id: address, page: title, title: passage.title, text: passage.text })
    }
  return JSON.stringify(search)
}
