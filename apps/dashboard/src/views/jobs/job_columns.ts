// The columns of the list of jobs that say one thing of a job.

import { TAGS, parseTags } from '../../data/tags.ts'
import { formatAge, formatCount, formatName, formatValue } from '../../format.ts'
import { formatDuration, usesDataset, type Job } from '@unroll/client'

/** What is known of a job beside its record. */
export interface JobFacts {
  readonly loss: number | null
  /** Name of its data set; its id until the name is known. */
  readonly dataset: string | null
  /** Milliseconds. */
  readonly now: number
}

export interface JobColumn {
  readonly label: string
  readonly isNumber?: boolean
  readonly text: (job: Job, facts: JobFacts) => string
  /** Null sorts last. */
  readonly order: (job: Job, facts: JobFacts) => number | string | null
}

function result(job: Job, name: string): number | null {
  const value = job.result?.[name]
  return value ?? null
}

function valueColumn(label: string, read: (job: Job, facts: JobFacts) => number | null): JobColumn {
  const text = (job: Job, facts: JobFacts) => {
    const value = read(job, facts)
    return value === null ? '–' : formatValue(value)
  }
  return { label, isNumber: true, text, order: read }
}

function countSeconds({ started_at: started, finished_at: finished }: Job, now: number): number | null {
  return started === null ? null : ((finished === null ? now : Date.parse(finished)) - Date.parse(started)) / 1000
}

export const COLUMN_KEYS = [
  'status',
  'name',
  'cell',
  'data',
  'progress',
  'curve',
  'loss',
  'evaluation',
  'accuracy',
  'T',
  'rate',
  'clipping',
  'findings',
  'tags',
  'duration',
  'created',
] as const

export type ColumnKey = (typeof COLUMN_KEYS)[number]

export const COLUMNS: Readonly<Record<ColumnKey, JobColumn>> = {
  status: { label: 'Status', text: ({ status }) => formatName(status), order: ({ status }) => status },
  name: { label: 'Name', text: ({ name }) => name, order: ({ name }) => name.toLowerCase() },
  cell: { label: 'Cell', text: ({ spec }) => formatName(spec.model.cell), order: ({ spec }) => spec.model.cell },
  data: {
    label: 'Data',
    text: ({ spec: { data } }, { dataset }) => (usesDataset(data) ? (dataset ?? data.dataset) : formatName(data.task)),
    order: ({ spec: { data } }, { dataset }) => (usesDataset(data) ? (dataset ?? data.dataset) : data.task),
  },
  progress: { label: 'Progress', text: () => '', order: ({ progress }) => progress.step },
  curve: { label: 'Loss so far', text: () => '', order: () => null },
  loss: valueColumn('Loss', (_, { loss }) => loss),
  evaluation: valueColumn('Evaluation', (job) => result(job, 'evaluation_loss')),
  accuracy: valueColumn('Accuracy', (job) => result(job, 'evaluation_accuracy') ?? result(job, 'accuracy')),
  T: {
    label: 'T',
    isNumber: true,
    text: ({ spec }) => formatCount(spec.sequence_length),
    order: ({ spec }) => spec.sequence_length,
  },
  rate: valueColumn('Learning rate', ({ spec }) => spec.optimizer.learning_rate),
  clipping: {
    label: 'Clipping',
    text: ({ spec }) => formatName(spec.clipping.policy),
    order: ({ spec }) => spec.clipping.policy,
  },
  findings: {
    label: 'Findings',
    text: ({ outcome }) => outcome?.findings.map(formatName).join(', ') ?? '',
    order: ({ outcome }) => outcome?.findings.length ?? null,
  },
  tags: {
    label: 'Tags',
    text: ({ metadata }) => parseTags(metadata[TAGS] ?? '').join(', '),
    order: ({ metadata }) => metadata[TAGS] ?? null,
  },
  duration: {
    label: 'Duration',
    isNumber: true,
    text: (job, { now }) => {
      const seconds = countSeconds(job, now)
      return seconds === null ? '–' : formatDuration(seconds)
    },
    order: (job, { now }) => countSeconds(job, now),
  },
  created: {
    label: 'Created',
    text: ({ created_at: at }, { now }) => formatAge(at, now),
    order: ({ created_at: at }) => at,
  },
}

export const FIRST_COLUMNS: readonly ColumnKey[] = [
  'status',
  'name',
  'cell',
  'data',
  'progress',
  'curve',
  'loss',
  'evaluation',
  'findings',
  'created',
]

export function isColumn(key: string): key is ColumnKey {
  return COLUMN_KEYS.some((known) => known === key)
}

/** Jobs in the order of a column; those without a value, and NaN, are last either way. */
export function sortJobs<Item extends { readonly job: Job; readonly facts: JobFacts }>(
  items: readonly Item[],
  { sort, isDescending }: { sort: ColumnKey; isDescending: boolean },
): Item[] {
  const sign = isDescending ? -1 : 1
  const { order } = COLUMNS[sort]
  const keyed = items.map((item) => ({ item, key: order(item.job, item.facts) }))
  return keyed
    .toSorted((a, b) => {
      if (isWithoutPlace(a.key) || isWithoutPlace(b.key))
        return Number(isWithoutPlace(a.key)) - Number(isWithoutPlace(b.key))
      if (a.key === b.key) return 0
      return a.key! < b.key! ? -sign : sign
    })
    .map(({ item }) => item)
}

function isWithoutPlace(key: number | string | null): boolean {
  return key === null || Number.isNaN(key)
}
