import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from '@unroll/contract'
import { JOB } from '../../testing/app.ts'
import { ended, running } from '../../testing/process.ts'
import { startRedis } from '../../testing/redis.ts'
import { GRID } from '../../testing/sweeps.ts'

const TIMES = 100
/** After the process was killed: each is answered as the first. */
const AGAIN = 10
const LIMIT_MS = 120_000

interface Made {
  what: string
  path: string
  type: string
  body: string
  /** Where the process is killed: what it makes is there in part. */
  kill: { point: string; every: number }
}

const MADE: Made[] = [
  {
    what: 'a job',
    path: '/v1/jobs',
    type: 'application/json',
    body: JSON.stringify(JOB),
    kill: { point: 'job.recorded', every: 7 },
  },
  {
    what: 'a sweep',
    path: '/v1/sweeps',
    type: 'application/json',
    body: JSON.stringify(GRID),
    kill: { point: 'sweep.planned', every: 1 },
  },
  {
    what: 'a data set',
    path: '/v1/datasets?name=equal',
    type: 'text/plain',
    body: 'to be or not to be',
    kill: { point: 'artifact.after_rename', every: 7 },
  },
]

/** The ids that equal requests, sent at once, are answered with; undefined for one without an answer. */
async function postAtOnce(address: string, { path, type, body }: Made, times: number): Promise<(string | undefined)[]> {
  const send = async () => {
    const response = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': type, 'idempotency-key': `equal at ${path}` },
      body,
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    const text = await response.text()
    assert.equal(response.status, 201, text)
    return (JSON.parse(text) as { id: string }).id
  }
  const lost = (error: unknown) => {
    if (error instanceof TypeError) return undefined // the connection broke off
    throw error
  }
  return await Promise.all(Array.from({ length: times }, () => send().catch(lost)))
}

async function listed(address: string, { path }: Made): Promise<string[]> {
  const response = await fetch(`${address}${path.replace(/\?.*/, '')}?limit=100`, {
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  return ((await response.json()) as Page<{ id: string }>).data.map(({ id }) => id)
}

test(`${TIMES} equal requests at once with one Idempotency-Key make one thing`, async (t) => {
  const redis = await startRedis()
  t.after(() => redis.stop())
  const { address } = await running(t, { REDIS_URL: redis.url })
  for (const made of MADE) {
    const ids = await postAtOnce(address, made, TIMES)
    assert.deepEqual(await listed(address, made), [...new Set(ids)], made.what)
    assert.equal(new Set(ids).size, 1, made.what)
    t.diagnostic(`${ids.length} requests made ${made.what}`)
  }
})

for (const made of MADE)
  test(`the same, of which the process is killed in the middle, and again, make ${made.what} once`, async (t) => {
    const redis = await startRedis()
    t.after(() => redis.stop())
    const folder = mkdtempSync(join(tmpdir(), 'unroll-equal-'))
    const log = join(folder, 'faults.log')
    const env = { REDIS_URL: redis.url, UNROLL_DATA_DIR: folder }
    const points = { [made.kill.point]: { action: 'kill', times: 1, every: made.kill.every } }
    const first = await running(t, { ...env, UNROLL_FAULTS: JSON.stringify({ log, points }) })
    const end = ended(first.child)
    const before = await postAtOnce(first.address, made, TIMES)
    await end
    assert.match(readFileSync(log, 'utf8'), new RegExp(`^${made.kill.point} kill\n$`))
    assert.ok(before.includes(undefined), 'nothing broke off')
    const { address } = await running(t, env)
    const after = await postAtOnce(address, made, AGAIN)
    const ids = new Set([...before, ...after].filter((id) => id !== undefined))
    assert.ok(!after.includes(undefined))
    assert.deepEqual(await listed(address, made), [...ids])
    assert.equal(ids.size, 1)
    t.diagnostic(`${before.filter((id) => id === undefined).length} of ${TIMES} broke off`)
  })
