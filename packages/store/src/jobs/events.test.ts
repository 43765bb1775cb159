import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJob, runningJob, testStore } from '../testing/fixtures.ts'

test('events.append() adds each event of an attempt once, behind those before it', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const answers: string[] = []
  for (const number of [1, 2, 2, 1, 3])
    answers.push(await store.events.append(id, epoch, { number, code: 'evaluated', data: { number } }))
  assert.deepEqual(answers, ['added', 'added', 'duplicate', 'duplicate', 'added'])
  assert.deepEqual(
    (await store.events.list(id, { after: 3 })).data.map(({ seq, data }) => [seq, data['number']]),
    [
      [4, 1], // behind created, starting and running
      [5, 2],
      [6, 3],
    ],
  )
})

test('events.append() counts the events of each attempt anew', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  assert.equal(await store.events.append(id, epoch, { number: 1, code: 'evaluated' }), 'added')
  const claim = await store.jobs.claim(id, 'wrk_2')
  assert.ok('epoch' in claim)
  assert.equal(await store.events.append(id, claim.epoch, { number: 1, code: 'evaluated' }), 'added')
})

test('events.append() keeps data as it was given', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  const data = { list: [], nested: { at: 1.5e300 }, text: 'ä"\\\n', none: null }
  await store.events.append(id, epoch, { number: 1, code: 'nonfinite_gradient', data })
  const [event] = (await store.events.list(id, { after: 3 })).data
  assert.deepEqual(event?.data, data)
  assert.deepEqual([event?.level, event?.message], ['warn', 'Loss, gradient or update is not finite'])
})

test('events.list() pages through the newest 1,000, oldest first', async (t) => {
  const { store } = await testStore(t)
  const { id, epoch } = await runningJob(store)
  for (let number = 1; number <= 1_030; number++) await store.events.append(id, epoch, { number, code: 'evaluated' })
  const seen: number[] = []
  let after: number | undefined = 0
  while (after !== undefined) {
    const page: Awaited<ReturnType<typeof store.events.list>> = await store.events.list(id, { after, limit: 300 })
    seen.push(...page.data.map(({ seq }) => seq))
    after = page.next === null ? undefined : Number(page.next)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 1_000 }, (_, at) => at + 34),
  )
})

test('events.list() behind the newest is empty, and of an unknown job JOB_NOT_FOUND', async (t) => {
  const { store } = await testStore(t)
  const { id } = await createJob(store)
  assert.deepEqual(await store.events.list(id, { after: 1 }), { object: 'list', data: [], has_more: false, next: null })
  await assert.rejects(store.events.list('job_x'), { code: 'JOB_NOT_FOUND' })
})
