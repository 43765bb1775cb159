import { element } from '../../dom/element.ts'
import { formatName } from '../../format.ts'
import { JOB_STATUSES, type CellName, type JobStatus } from '@unroll/client'
import { labelledSelect, toggle } from '../shared/chart_panel.ts'
import { CELL_NAMES } from './cell_names.ts'
import { COLUMNS, COLUMN_KEYS, type ColumnKey } from './job_columns.ts'
import type { JobFilter, Since } from './job_filter.ts'

const SINCE_WORDS: Readonly<Record<Since, string>> = {
  '1h': 'the last hour',
  '1d': 'the last day',
  '7d': 'the last week',
  '30d': 'the last month',
}

/** The controls that say which jobs are shown, and with which columns. */
export function filterBar(
  filter: JobFilter,
  signal: AbortSignal,
  onChange: (changes: Partial<JobFilter>) => void,
): HTMLElement {
  const search = element('input', {
    testId: 'job-search',
    attributes: {
      type: 'search',
      placeholder: 'Search names, tags, ids',
      'aria-label': 'Search jobs',
      value: filter.search,
    },
  })
  search.addEventListener('input', () => onChange({ search: search.value }), { signal })
  const tag = element('input', {
    testId: 'tag-filter',
    attributes: { type: 'search', placeholder: 'Tag', 'aria-label': 'Tag', value: filter.tag, size: '10' },
  })
  tag.addEventListener('input', () => onChange({ tag: tag.value }), { signal })
  const status = choose(
    { label: 'Status', testId: 'status-filter', values: JOB_STATUSES, chosen: filter.status, signal },
    (value) => onChange({ status: value as JobStatus | null }),
  )
  const cell = choose(
    { label: 'Cell', testId: 'cell-filter', values: CELL_NAMES, chosen: filter.cell, signal },
    (value) => onChange({ cell: value as CellName | null }),
  )
  const since = choose(
    { label: 'Created in', testId: 'since-filter', values: Object.keys(SINCE_WORDS), chosen: filter.since, signal },
    (value) => onChange({ since: value as Since | null }),
  )
  return element('div', { class: 'filter-bar' }, search, status, cell, tag, since, columnMenu(filter, signal, onChange))
}

interface Choosing {
  readonly label: string
  readonly testId: string
  readonly values: readonly string[]
  readonly chosen: string | null
  readonly signal: AbortSignal
}

function valueWords(value: string): string {
  return SINCE_WORDS[value as Since] ?? formatName(value)
}

/** A list of values and "any", which is null. */
function choose({ label, testId, values, chosen, signal }: Choosing, act: (value: string | null) => void): HTMLElement {
  const choices = ['', ...values].map((value) => ({ value, text: value === '' ? 'any' : valueWords(value) }))
  const onChange = (value: string) => act(value === '' ? null : value)
  const { root, select } = labelledSelect(label, choices, { testId, signal, onChange })
  select.value = chosen ?? ''
  return root
}

function columnMenu(
  { columns }: JobFilter,
  signal: AbortSignal,
  onChange: (changes: Partial<JobFilter>) => void,
): HTMLElement {
  const chosen = new Set<ColumnKey>(columns)
  const boxes = COLUMN_KEYS.filter((key) => key !== 'name').map((key) =>
    toggle(COLUMNS[key].label, {
      testId: `column-${key}`,
      signal,
      isOn: chosen.has(key),
      onChange: (isOn) => {
        if (isOn) chosen.add(key)
        else chosen.delete(key)
        onChange({ columns: COLUMN_KEYS.filter((each) => chosen.has(each)) })
      },
    }),
  )
  return element(
    'details',
    { class: 'column-menu', testId: 'columns' },
    element('summary', { class: 'button', text: 'Columns' }),
    element('div', {}, ...boxes),
  )
}
