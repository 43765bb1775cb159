import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJob, runningJob, testStore } from './testing/fixtures.ts'

test('events.append() numbers events without a gap, also when many write at once', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const numbers = await Promise.all(
    Array.from({ length: 50 }, (_, at) => store.events.append(id, at % 2 === 0 ? epoch : null, 'evaluated', { at })),
  )
  assert.deepEqual(
    numbers.toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: 50 }, (_, at) => at + 4), // behind created, starting and running
  )
})

test('events.append() keeps data as it was given', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  const data = { list: [], nested: { at: 1.5e300 }, text: 'ä"\\\n', none: null }
  assert.equal(await store.events.append(id, null, 'nonfinite_gradient', data), 2)
  const [event] = (await store.events.list(id, { after: 1 })).data
  assert.deepEqual(event?.data, data)
  assert.deepEqual([event?.level, event?.message], ['warn', 'Loss or gradient is not finite'])
})

test('events.list() pages through the newest 1,000, oldest first', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  await Promise.all(Array.from({ length: 1_030 }, () => store.events.append(id, null, 'evaluated')))
  const seen: number[] = []
  let after: number | undefined = 0
  while (after !== undefined) {
    const page: Awaited<ReturnType<typeof store.events.list>> = await store.events.list(id, { after, limit: 300 })
    seen.push(...page.data.map(({ seq }) => seq))
    after = page.next === null ? undefined : Number(page.next)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 1_000 }, (_, at) => at + 32),
  )
})

test('events.list() behind the newest is empty, and of an unknown job JOB_NOT_FOUND', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  assert.deepEqual(await store.events.list(id, { after: 1 }), { object: 'list', data: [], has_more: false, next: null })
  await assert.rejects(store.events.list('job_x'), { code: 'JOB_NOT_FOUND' })
  await assert.rejects(store.events.append('job_x', null, 'evaluated'), { code: 'JOB_NOT_FOUND' })
})
