import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identifyPlace, openArtifacts, readPlace, tryArtifacts } from './index.ts'
import { inChunks, listed } from './testing/bytes.ts'
import { DRIVERS, s3Server } from './testing/drivers.ts'

for (const [name, open] of DRIVERS) {
  test(`${name}: identifyPlace() gives a place an id that stays, and every place another`, async (t) => {
    const [one, other] = [await open(t), await open(t)]
    assert.equal(await readPlace(one), undefined)
    const id = await identifyPlace(one)
    assert.match(id, /^[0-9a-f-]{36}$/)
    assert.deepEqual([await identifyPlace(one), await readPlace(one)], [id, id])
    assert.notEqual(await identifyPlace(other), id)
  })

  test(`${name}: tryArtifacts() leaves nothing behind`, async (t) => {
    const artifacts = await open(t)
    await tryArtifacts(artifacts, 'wrk_1')
    assert.deepEqual(await listed(artifacts.list('tried')), [])
  })
}

test('tryArtifacts() says what is wrong: a folder that cannot be made, keys that are refused', async () => {
  await assert.rejects(tryArtifacts(openArtifacts('file:/dev/null/artifacts'), 'wrk_1'), {
    name: 'ArtifactWriteError',
    message: /^Cannot write artifact "tried\/wrk_1": ENOTDIR/,
  })
  const { url, s3 } = await s3Server()
  const refused = openArtifacts({ url, s3: { ...s3, secretAccessKey: 'another' } })
  await assert.rejects(tryArtifacts(refused, 'wrk_1'), { name: 'ArtifactWriteError', message: /SignatureDoesNotMatch/ })
})

test('tryArtifacts() refuses a place that gives back other bytes than it was given', async (t) => {
  const [[, open] = assert.fail()] = DRIVERS
  const artifacts = await open(t)
  t.mock.method(artifacts, 'get', async () => inChunks(Buffer.from('something else')))
  await assert.rejects(tryArtifacts(artifacts, 'wrk_1'), { message: /it does not hold what was just written/ })
})
