import { SERIES, SERIES_FAMILIES } from '@unroll/contract'
import type { ScalarBlock } from '@unroll/store'
import { Type, type TArray, type TOptional, type TString } from 'typebox'

const NAMES = [...Object.keys(SERIES), `(?:${Object.keys(SERIES_FAMILIES).join('|')})/[\\w.]+`]

/** The name of a series, or a prefix followed by `*`. */
const SELECTOR = String.raw`^(?:${NAMES.join('|')}|[\w./]*\*)$`

/** Query of a route that returns several series. */
export const SERIES_QUERY: { series: TOptional<TArray<TString>> } = {
  series: Type.Optional(
    Type.Array(Type.String({ pattern: SELECTOR }), {
      maxItems: 256,
      description: 'Series wanted, as `series=loss,grad_norm/*` or repeated; all of them unless given.',
    }),
  ),
}

/** Whether a series is selected; without a selection all are. */
export function selects(selectors: readonly string[] | undefined): (name: string) => boolean {
  if (selectors === undefined) return () => true
  return (name) =>
    selectors.some((selector) => (selector.endsWith('*') ? name.startsWith(selector.slice(0, -1)) : name === selector))
}

/** The selected series of `blocks`, sorted by name unless the selection has an order, wherever the rows are stored. */
export function namesIn(blocks: readonly ScalarBlock[], selectors: readonly string[] | undefined): string[] {
  const present = new Set(blocks.flatMap(({ columns }) => [...columns.keys()]))
  return selected([...present].toSorted(), selectors)
}

/** The selected names in the order of the selection; a name selects itself, a prefix all present names. */
export function selected(present: readonly string[], selectors: readonly string[] | undefined): string[] {
  if (selectors === undefined) return [...present]
  const names = selectors.flatMap((selector) =>
    selector.endsWith('*') ? present.filter(selects([selector])) : [selector],
  )
  return [...new Set(names)]
}
