// Which jobs of the list are shown, in which order and with which columns. The address says it: a link is a saved view.

import { TAGS, parseTags } from '../../data/tags.ts'
import { JOB_STATUSES, type CellName, type Job, type JobStatus } from '@unroll/client'
import { CELL_NAMES } from './cell_names.ts'
import { FIRST_COLUMNS, isColumn, type ColumnKey } from './job_columns.ts'

export const SINCE = { '1h': 3600, '1d': 86_400, '7d': 604_800, '30d': 2_592_000 } as const
export type Since = keyof typeof SINCE

export interface JobFilter {
  /** Words that must all be in the name, a tag or the id. */
  readonly search: string
  readonly status: JobStatus | null
  readonly cell: CellName | null
  readonly tag: string
  readonly since: Since | null
  readonly sort: ColumnKey
  readonly isDescending: boolean
  readonly columns: readonly ColumnKey[]
}

export function parseFilter(parameters: URLSearchParams): JobFilter {
  const get = (name: string) => parameters.get(name)
  const sort = get('sort') ?? ''
  const key = sort.replace(/^-/, '')
  const columns = (get('columns') ?? '').split(',').filter(isColumn)
  return {
    search: get('q') ?? '',
    status: JOB_STATUSES.find((status) => status === get('status')) ?? null,
    cell: CELL_NAMES.find((cell) => cell === get('cell')) ?? null,
    tag: get('tag') ?? '',
    since: (Object.keys(SINCE) as Since[]).find((since) => since === get('since')) ?? null,
    sort: isColumn(key) ? key : 'created',
    isDescending: isColumn(key) ? sort.startsWith('-') : true,
    columns: columns.length === 0 ? FIRST_COLUMNS : columns,
  }
}

/** The parameters of the address that say a filter; null for what is as at first. */
export function formatFilter(filter: JobFilter): Record<string, string | null> {
  const { search, status, cell, tag, since, sort, isDescending, columns } = filter
  const isFirstSort = sort === 'created' && isDescending
  const isFirstColumns = columns.join(',') === FIRST_COLUMNS.join(',')
  return {
    q: search === '' ? null : search,
    status,
    cell,
    tag: tag === '' ? null : tag,
    since,
    sort: isFirstSort ? null : `${isDescending ? '-' : ''}${sort}`,
    columns: isFirstColumns ? null : columns.join(','),
  }
}

/** Whether jobs must be looked through for what the service cannot be asked for. */
export function isLookingThrough({ search, tag, since }: JobFilter): boolean {
  return search.trim() !== '' || tag.trim() !== '' || since !== null
}

/** Whether a job has what the service cannot be asked for. @param now milliseconds */
export function passesFilter(
  { id, name, metadata, created_at: created }: Job,
  filter: JobFilter,
  now: number,
): boolean {
  const tags = parseTags(metadata[TAGS] ?? '').map((tag) => tag.toLowerCase())
  const others = Object.entries(metadata).flatMap(([key, value]) =>
    key === TAGS ? [] : [`${key}:${value}`.toLowerCase()],
  )
  const searched = [id, name.toLowerCase(), ...tags, ...others].join(' ')
  const words = filter.search.toLowerCase().split(/\s+/)
  const tag = filter.tag.trim().toLowerCase()
  return (
    words.every((word) => searched.includes(word)) &&
    (tag === '' || tags.includes(tag) || others.includes(tag)) &&
    (filter.since === null || now - Date.parse(created) <= SINCE[filter.since] * 1000)
  )
}
