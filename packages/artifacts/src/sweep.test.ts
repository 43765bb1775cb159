import assert from 'node:assert/strict'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openArtifacts, sweepUnfinished } from './index.ts'
import { inChunks } from './testing/bytes.ts'
import { folderFor, s3Server } from './testing/drivers.ts'

const HOUR_MS = 3_600_000

test('sweepUnfinished() deletes what killed writers left, not what is being written, and no artifact', async (t) => {
  const folder = await folderFor(t)
  assert.equal(await sweepUnfinished(`file:${join(folder, 'absent')}`, HOUR_MS), 0)
  await openArtifacts(`file:${folder}`).put('datasets/a', inChunks(Buffer.from('x')))
  await mkdir(join(folder, 'jobs/b'), { recursive: true })
  const old = new Date(Date.now() - 2 * HOUR_MS)
  for (const name of ['datasets/.left.0123456789ab', 'jobs/b/.left.0123456789ab', 'jobs/b/.mine', 'datasets/a']) {
    if (name !== 'datasets/a') await writeFile(join(folder, name), 'half')
    await utimes(join(folder, name), old, old)
  }
  await writeFile(join(folder, 'datasets/.young.0123456789ab'), 'half')
  assert.equal(await sweepUnfinished(`file:${folder}`, HOUR_MS), 2)
  assert.deepEqual((await readdir(join(folder, 'datasets'))).toSorted(), ['.young.0123456789ab', 'a'])
  assert.deepEqual(await readdir(join(folder, 'jobs/b')), ['.mine'])
})

test('sweepUnfinished() goes by the clock that dates files, not by that of its machine', async (t) => {
  const folder = await folderFor(t)
  await writeFile(join(folder, '.young.0123456789ab'), 'half')
  const trueNow = Date.now
  t.mock.method(Date, 'now', () => trueNow() + 2 * HOUR_MS)
  assert.equal(await sweepUnfinished(`file:${folder}`, HOUR_MS), 0)
  assert.deepEqual(await readdir(folder), ['.young.0123456789ab'])
})

test('sweepUnfinished() leaves S3 to its bucket', async () => {
  const server = await s3Server()
  assert.equal(await sweepUnfinished(server, 0), 0)
})
