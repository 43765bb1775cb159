/** What a result of the search shows. */
export interface Found {
  page: string
  title: string
}

/** Options that the index is written with and read with. */
export const SEARCH_OPTIONS: {
  fields: string[]
  storeFields: string[]
  searchOptions: { boost: Record<string, number>; prefix: boolean; fuzzy: number; combineWith: 'AND' }
} = {
  fields: ['title', 'page', 'text'],
  storeFields: ['title', 'page'],
  searchOptions: { boost: { title: 4, page: 2 }, prefix: true, fuzzy: 0.1, combineWith: 'AND' },
}
