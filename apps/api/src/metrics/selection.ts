import { SERIES, SERIES_FAMILIES } from '@unroll/contract'
import type { ScalarBlock } from '@unroll/store'
import { Type, type TArray, type TOptional, type TString } from 'typebox'

const NAMES = [...Object.keys(SERIES), `(?:${Object.keys(SERIES_FAMILIES).join('|')})/[\\w.]+`]

/** A series, or the start of names followed by `*`. */
const SELECTOR = String.raw`^(?:${NAMES.join('|')}|[\w./]*\*)$`

/** Query of what has several series. */
export const SERIES_QUERY: { series: TOptional<TArray<TString>> } = {
  series: Type.Optional(
    Type.Array(Type.String({ pattern: SELECTOR }), {
      maxItems: 256,
      description: 'Series wanted, as `series=loss,grad_norm/*` or repeated; all of them unless given.',
    }),
  ),
}

/** Whether a series is among those selected; all are unless some are given. */
export function selects(selectors: readonly string[] | undefined): (name: string) => boolean {
  if (selectors === undefined) return () => true
  return (name) =>
    selectors.some((selector) => (selector.endsWith('*') ? name.startsWith(selector.slice(0, -1)) : name === selector))
}

/** The series of `blocks` that are selected: by name where nothing asks for another order, wherever the rows come from. */
export function namesIn(blocks: readonly ScalarBlock[], selectors: readonly string[] | undefined): string[] {
  const present = new Set(blocks.flatMap(({ columns }) => [...columns.keys()]))
  return selected([...present].toSorted(), selectors)
}

/** The names selected, in the order in which they are asked for; a name stands for itself, a prefix for what is present. */
export function selected(present: readonly string[], selectors: readonly string[] | undefined): string[] {
  if (selectors === undefined) return [...present]
  const names = selectors.flatMap((selector) =>
    selector.endsWith('*') ? present.filter(selects([selector])) : [selector],
  )
  return [...new Set(names)]
}
