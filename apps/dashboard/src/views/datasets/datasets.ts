import type { ViewContext } from '../../context.ts'
import { poll } from '../../data/poll.ts'
import { element, setAttribute } from '../../dom/element.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import { formatAge, formatBytes, formatCount, formatRange } from '../../format.ts'
import { datasetHref, trainHref } from '../../router.ts'
import type { Dataset } from '@unroll/client'
import { button } from '../shared/confirmed_button.ts'
import { UploadPanel } from './upload_panel.ts'
import { tableCell } from '../shared/table.ts'

const EVERY_MS = 5_000
const PAGE = 50
const COLUMNS = ['Name', 'Format', 'Contents', 'Size', 'Uploaded', '']

/** The page of data sets: an upload, and those there are, newest first. */
export function showDatasets(root: HTMLElement, context: ViewContext): void {
  document.title = 'Data · Unroll'
  const { client, signal, pace, connection } = context
  const body = element('tbody', { testId: 'datasets' })
  const head = element('tr', {}, ...COLUMNS.map((text) => element('th', { text, attributes: { scope: 'col' } })))
  head.lastElementChild?.replaceChildren(element('span', { class: 'unseen', text: 'Actions' }))
  const table = element('table', { class: 'jobs wraps' }, element('thead', {}, head), body)
  const empty = element('p', {
    class: 'quiet',
    text: 'No data set yet. The first file that is uploaded stands here.',
    testId: 'empty',
  })
  const older = button('Show older data sets', 'older')
  table.hidden = empty.hidden = older.hidden = true
  root.replaceChildren(
    element('h1', { text: 'Data sets' }),
    new UploadPanel(context).root,
    element('section', { attributes: { 'aria-label': 'Data sets' } }, table, empty, older),
  )
  let count = PAGE
  const showRows = keyedChildren(body, row)
  const tick = async () => {
    const datasets: Dataset[] = []
    let after: string | undefined
    do {
      const page = await client.datasets.list({ limit: PAGE, after }, { signal })
      datasets.push(...page.data)
      after = page.next ?? undefined
    } while (after !== undefined && datasets.length < count)
    showRows(datasets.map((dataset) => ({ dataset, age: formatAge(dataset.created_at, Date.now()) })))
    setAttribute(body, 'data-count', String(datasets.length))
    table.hidden = datasets.length === 0
    empty.hidden = datasets.length > 0
    older.hidden = after === undefined
    return 'later' as const
  }
  const showOlder = () => {
    count += PAGE
    tick().catch((error: unknown) => connection.failed(error, EVERY_MS))
  }
  older.addEventListener('click', showOlder, { signal })
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
}

function row({ dataset, age }: { dataset: Dataset; age: string }): HTMLElement {
  const { id, name, bytes, created_at: created } = dataset
  return element(
    'tr',
    { testId: 'dataset-row', attributes: { 'data-dataset': id } },
    element('td', { class: 'name' }, element('a', { text: name, attributes: { href: datasetHref(id) } })),
    tableCell('Format', dataset.kind === 'text' ? 'text' : dataset.format),
    tableCell('Contents', contentWords(dataset)),
    tableCell('Size', formatBytes(bytes)),
    element(
      'td',
      { class: 'quiet', attributes: { 'data-label': 'Uploaded' } },
      element('time', { text: age, attributes: { datetime: created, title: new Date(created).toLocaleString() } }),
    ),
    element(
      'td',
      {},
      element('a', {
        class: 'button',
        text: 'Train on this',
        attributes: { href: trainHref(id), 'aria-label': `Train on this: ${name}` },
      }),
    ),
  )
}

/** The contents of a data set in a few words: `270 sequences of 7–26 steps`. */
export function contentWords(dataset: Dataset): string {
  if (dataset.kind === 'text')
    return `${formatCount(dataset.symbols ?? dataset.characters)} ${dataset.unit ?? 'character'}s, ${formatCount(dataset.vocabulary_size)} different`
  const { sequences, lengths } = dataset
  return `${formatCount(sequences)} ${sequences === 1 ? 'sequence' : 'sequences'} of ${formatRange(lengths.min, lengths.max)} steps`
}
