import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '@unroll/store'
import { sendNotifications } from '../notify/sender.ts'
import { ended, running } from '../testing/process.ts'
import { HERE, LIMIT_MS, SECRET, notifying, receiver, until } from '../testing/receiver.ts'
import { startRedis } from '../testing/redis.ts'

for (const point of ['notification.taken', 'notification.answered']) {
  test(`an API killed at ${point} loses no notification, and logs no secret`, async (t) => {
    const redis = await startRedis()
    t.after(() => redis.stop())
    const folder = mkdtempSync(join(tmpdir(), 'unroll-notify-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const log = join(folder, 'faults')
    const plan = JSON.stringify({ log, points: { [point]: { action: 'kill', times: 1, every: 1 } } })
    const env = { REDIS_URL: redis.url, UNROLL_NOTIFY_NETWORKS: '127.0.0.0/8', LOG_LEVEL: 'trace' }
    const { child, address, lines } = await running(t, { ...env, UNROLL_FAULTS: plan })
    const { url, got } = await receiver(t)
    const posted = fetch(`${address}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(notifying(url, ['job_created'])),
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    const lost = posted.catch(() => undefined) // the process may die before it answers
    await ended(child)
    await lost
    assert.equal(readFileSync(log, 'utf8'), `${point} kill\n`)
    assert.equal(got.length, point === 'notification.taken' ? 0 : 1)
    assert.ok(!lines.join('\n').includes(SECRET.slice(6)))

    const later = Date.now() + 61_000 // what the killed process had taken is due again
    const store = await openStore({ url: redis.url, waitForDisk: false, clock: () => later })
    const sender = sendNotifications({ store, receiverAddresses: HERE }, { warn: () => {} })
    t.after(async () => {
      await sender.close()
      await store.close()
    })
    const [job] = (await store.jobs.list()).data
    await until('it is delivered', async () => {
      const { data } = await store.notifications.list(job?.id ?? '')
      return data[0]?.delivery_status === 'delivered' || undefined
    })
    const ids = new Set(got.map((each) => `${each.id} ${each.job}`))
    assert.equal(ids.size, 1, 'each time the same')
  })
}
