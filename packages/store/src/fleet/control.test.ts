import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atEnd, eventually, runningJob, testStore } from '../testing/fixtures.ts'
import { TestServer } from '../testing/server.ts'

test('control.subscribe() hears of a cancelled job at once, of no other, and of none once ended', async (t) => {
  const { store } = await testStore(t)
  const [mine, other] = [await runningJob(store), await runningJob(store)]
  let since = 0
  let heardAfterMs: number | undefined
  let others = 0
  const end = await store.control.subscribe(mine.id, () => (heardAfterMs = performance.now() - since))
  const endOther = await store.control.subscribe(other.id, () => others++)
  since = performance.now()
  await store.jobs.cancel(mine.id)
  const ms = await eventually(() => heardAfterMs)
  t.diagnostic(`heard after ${ms.toFixed(1)} ms`)
  assert.equal(others, 0)
  endOther()
  end()
  await store.jobs.cancel(other.id)
  assert.equal(others, 0)
})

test('control.subscribe() hears again once the server is back', async (t) => {
  const server = await TestServer.start()
  atEnd(t, () => server.remove())
  const { store } = await testStore(t, { url: server.url })
  let heard = 0
  await store.control.subscribe((await runningJob(store)).id, () => {})
  await server.stop()
  await server.start()
  await eventually(async () => (await store.health()).ready)
  await eventually(async () => {
    const { id } = await runningJob(store)
    await store.control.subscribe(id, () => heard++)
    await store.jobs.cancel(id)
    return heard > 0
  })
})
