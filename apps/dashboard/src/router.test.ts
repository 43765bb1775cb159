import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareHref, datasetHref, jobHref, parseRoute, sessionHref, sweepHref, trainHref } from './router.ts'

for (const [hash, route] of [
  ['', { page: 'jobs' }],
  ['#/', { page: 'jobs' }],
  ['#/?status=failed', { page: 'jobs' }],
  ['#/jobs/job_0mi9x3k2abcdefghijkl', { page: 'job', id: 'job_0mi9x3k2abcdefghijkl' }],
  ['#/new', { page: 'submit', dataset: null }],
  ['#/datasets', { page: 'datasets' }],
  ['#/compare?jobs=job_1,job_2', { page: 'compare', ids: ['job_1', 'job_2'] }],
  ['#/compare?jobs=job_1,../x,', { page: 'compare', ids: ['job_1'] }],
  ['#/sweeps', { page: 'sweeps' }],
  ['#/sessions', { page: 'sessions' }],
  ['#/sessions/sess_0mi9x3k2abcdefghijkl', { page: 'session', id: 'sess_0mi9x3k2abcdefghijkl' }],
  ['#/usage', { page: 'usage' }],
  ['#/models', { page: 'models' }],
  ['#/sweeps/sweep_0mi9x3k2abcdefghijkl', { page: 'sweep', id: 'sweep_0mi9x3k2abcdefghijkl' }],
  ['#/jobs/../secrets', { page: 'unknown', path: '/jobs/../secrets' }],
  ['#/nowhere', { page: 'unknown', path: '/nowhere' }],
] as const) {
  test(`parseRoute("${hash}") is the page ${route.page}`, () => {
    assert.deepEqual(parseRoute(hash), route)
  })
}

test('jobHref() leads to the job it names', () => {
  assert.deepEqual(parseRoute(jobHref('job_1')), { page: 'job', id: 'job_1' })
})

test('sweepHref() leads to the sweep it names', () => {
  assert.deepEqual(parseRoute(sweepHref('sweep_1')), { page: 'sweep', id: 'sweep_1' })
})

test('sessionHref() leads to the session it names', () => {
  assert.deepEqual(parseRoute(sessionHref('sess_1')), { page: 'session', id: 'sess_1' })
})

test('compareHref() leads to the comparison of the jobs it names', () => {
  assert.deepEqual(parseRoute(compareHref(['job_1', 'job_2'])), { page: 'compare', ids: ['job_1', 'job_2'] })
})

test('datasetHref() and trainHref() lead to the data set they name', () => {
  assert.deepEqual(parseRoute(datasetHref('ds_1')), { page: 'dataset', id: 'ds_1' })
  assert.deepEqual(parseRoute(trainHref('ds_1')), { page: 'submit', dataset: 'ds_1' })
})
