import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JOB_STATUSES, type Job } from '@unroll/client'
import { CELL_NAMES } from './cell_names.ts'
import { COLUMN_KEYS, FIRST_COLUMNS, sortJobs } from './job_columns.ts'
import { formatFilter, parseFilter, passesFilter, type JobFilter } from './job_filter.ts'

const filter: fc.Arbitrary<JobFilter> = fc.record(
  {
    search: fc.string(),
    status: fc.option(fc.constantFrom(...JOB_STATUSES)),
    cell: fc.option(fc.constantFrom(...CELL_NAMES)),
    tag: fc.string(),
    since: fc.option(fc.constantFrom('1h', '1d', '7d', '30d')),
    sort: fc.constantFrom(...COLUMN_KEYS),
    isDescending: fc.boolean(),
    columns: fc.subarray([...COLUMN_KEYS], { minLength: 1 }),
  },
  { noNullPrototype: true },
)

test('the address says which jobs are shown, how they are sorted, and their columns', () => {
  fc.assert(
    fc.property(filter, (chosen) => {
      const pairs = Object.entries(formatFilter(chosen)).flatMap(([name, value]) =>
        value === null ? [] : [[name, value]],
      )
      assert.deepEqual(parseFilter(new URLSearchParams(pairs)), chosen)
    }),
  )
})

test('what an address says wrongly is as at first', () => {
  const found = parseFilter(new URLSearchParams('status=lost&cell=x&since=2d&sort=-age&columns=a,b'))
  assert.deepEqual(found, { ...parseFilter(new URLSearchParams()), search: '' })
  assert.deepEqual(found.columns, FIRST_COLUMNS)
})

const NOW = Date.parse('2026-01-02T00:00:00Z')
const job = {
  id: 'job_1',
  name: 'Adding, LSTM',
  metadata: { tags: 'Baseline, paper', team: 'a' },
  created_at: '2026-01-01T22:00:00Z',
} as unknown as Job
const none = parseFilter(new URLSearchParams())

for (const [query, isFound] of [
  ['', true],
  ['q=lstm', true],
  ['q=adding+baseline', true],
  ['q=adding+gru', false],
  ['q=job_1', true],
  ['tag=paper', true],
  ['tag=pap', false],
  ['tag=team:a', true],
  ['since=1h', false],
  ['since=1d', true],
] as const)
  test(`"${query}" ${isFound ? 'finds' : 'leaves out'} a job with these words, tags and age`, () => {
    assert.equal(passesFilter(job, parseFilter(new URLSearchParams(query)), NOW), isFound)
  })

test('jobs without a value, or with NaN, are last in either order', () => {
  const items = [3, null, 1, Number.NaN, 2].map((loss, at) => ({
    job: { ...job, id: String(at) },
    facts: { loss, dataset: null, now: NOW },
  }))
  const sorted = (isDescending: boolean) =>
    sortJobs(items, { ...none, sort: 'loss', isDescending }).map(({ facts }) => facts.loss)
  assert.deepEqual(sorted(false), [1, 2, 3, null, Number.NaN])
  assert.deepEqual(sorted(true), [3, 2, 1, null, Number.NaN])
})
