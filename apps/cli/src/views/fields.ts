import { named } from '../named_numbers.ts'

/** Items with the fields at some paths alone, and the same as rows of a table below a head. */
export function pickEach(
  items: readonly object[],
  paths: readonly string[],
): { items: Record<string, unknown>[]; rows: (readonly string[])[] } {
  const picked = items.map((item) => pickFields(item, paths))
  return { items: picked, rows: [paths, ...picked.map((item) => Object.values(item).map(formatField))] }
}

/** What is at each path; null where there is nothing. */
function pickFields(item: object, paths: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(paths.map((path) => [path, findField(item, path.split('.'))]))
}

/** The names of series have points too: the longest name that is there leads on. */
function findField(place: unknown, names: readonly string[]): unknown {
  if (names.length === 0) return place
  if (typeof place !== 'object' || place === null) return null
  for (let taken = names.length; taken > 0; taken -= 1) {
    const name = names.slice(0, taken).join('.')
    if (Object.hasOwn(place, name)) return findField((place as Record<string, unknown>)[name], names.slice(taken))
  }
  return null
}

function formatField(value: unknown): string {
  if (value === null) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value, named)
}
