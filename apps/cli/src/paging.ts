import { parseCount, type Call, type Command } from './command.ts'
import { named } from './named_numbers.ts'
import { table } from './table.ts'

/** Options of a command that prints a page of a list. */
export const PAGE_OPTIONS: NonNullable<Command['options']> = {
  limit: { type: 'string', value: 'n', help: 'at most n of them, 1 to 100 (20 unless given)' },
  after: { type: 'string', value: 'id', help: 'those that follow this one in the list' },
  fields: { type: 'string', value: 'paths', help: 'these alone, such as id,spec.model.cell,result.loss' },
}

/** The page asked for. @throws {UsageError} */
export function parsePage({ text }: Pick<Call, 'text'>): { limit: number | undefined; after: string | undefined } {
  return { limit: parseCount(text['limit'], 'limit'), after: text['after'] }
}

/** Prints a page: as JSON, or as a table of the fields asked for, or of the `usual` columns. Says where the next page begins. */
export function printPage<Item extends object>(
  { terminal, text, flags }: Pick<Call, 'terminal' | 'text' | 'flags'>,
  page: { data: readonly Item[]; next: string | null },
  usual: { head: readonly string[]; row: (item: Item) => readonly string[] },
): void {
  const paths = text['fields']?.split(',')
  if (flags['json'] === true) {
    const data = paths === undefined ? page.data : page.data.map((item) => pickFields(item, paths))
    return terminal.out(JSON.stringify({ ...page, data }, named))
  }
  const head = paths ?? usual.head
  const row = paths === undefined ? usual.row : (item: Item) => Object.values(pickFields(item, paths)).map(formatField)
  for (const line of table([head, ...page.data.map(row)])) terminal.out(line)
  if (page.next !== null) terminal.note(`there are more: --after ${page.next}`)
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
