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
export async function printPage<Item extends object>(
  { terminal, text, flags }: Pick<Call, 'terminal' | 'text' | 'flags'>,
  page: { data: readonly Item[]; next: string | null },
  usual: { head: readonly string[]; row: (item: Item) => readonly string[] },
): Promise<void> {
  const paths = text['fields']?.split(',')
  const picked = paths && (await import('./views/fields.ts')).pickEach(page.data, paths)
  if (flags['json'] === true) return terminal.out(JSON.stringify({ ...page, data: picked?.items ?? page.data }, named))
  for (const line of table(picked?.rows ?? [usual.head, ...page.data.map(usual.row)])) terminal.out(line)
  if (page.next !== null) terminal.note(`there are more: --after ${page.next}`)
}
