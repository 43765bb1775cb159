import type { Run, RunBatch } from './run_rows.ts'

/**
 * A line for each step. A list is a JSON array in quotation marks, with the words `NaN`, `Infinity` and `-Infinity` as
 * Python's json reads them; what was not measured is empty.
 */
export async function* csvChunks({ numbers, lists, batches }: Run): AsyncGenerator<string> {
  yield `${['step', ...numbers, ...lists].join(',')}\n`
  for await (const batch of batches) yield batch.steps.map((_, row) => csvLine(batch, { numbers, lists, row })).join('')
}

function csvLine(batch: RunBatch, { numbers, lists, row }: Pick<Run, 'numbers' | 'lists'> & { row: number }): string {
  const cells = [
    batch.steps[row],
    ...numbers.map((name) => batch.numbers.get(name)?.[row] ?? ''),
    ...lists.map((name) => {
      const list = batch.lists.get(name)?.[row] ?? null
      return list === null ? '' : `"[${list.map(String).join(',')}]"`
    }),
  ]
  return `${cells.join(',')}\n`
}
