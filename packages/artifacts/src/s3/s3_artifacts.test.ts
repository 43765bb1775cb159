import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkArtifacts, openArtifacts, ArtifactReadError, ArtifactWriteError, type Artifacts } from '../index.ts'
import { failing, inChunks, listed, read, sample } from '../testing/bytes.ts'
import { s3Server, type S3Server } from '../testing/drivers.ts'
import { bucketUrl } from './access.ts'
import { PATIENCE, S3Client } from './client.ts'
import { S3Artifacts } from './s3_artifacts.ts'

const QUICK = { ...PATIENCE, pauseMs: 1 }
const TWO_PARTS = sample(9 * 2 ** 20)

async function opened(patience = QUICK): Promise<{ artifacts: Artifacts; server: S3Server }> {
  const server = await s3Server()
  return { artifacts: new S3Artifacts(new S3Client('artifacts', server.s3, patience), ''), server }
}

const write = (artifacts: Artifacts, bytes: Buffer) => artifacts.put('a', inChunks(bytes, 65_536))
const ACTIONS: Record<string, { act: (artifacts: Artifacts) => Promise<unknown>; methods: string[] }> = {
  'put() in one request': { act: (artifacts) => write(artifacts, sample(100_000)), methods: ['PUT'] },
  'put() in parts': { act: (artifacts) => write(artifacts, TWO_PARTS), methods: ['POST', 'PUT'] },
  'get()': { act: async (artifacts) => read(await artifacts.get('a')), methods: ['GET'] },
  'head()': { act: (artifacts) => artifacts.head('a'), methods: ['HEAD'] },
  'list()': { act: (artifacts) => listed(artifacts.list('folder')), methods: ['GET'] },
  'delete()': { act: (artifacts) => artifacts.delete('a'), methods: ['DELETE'] },
}

for (const [name, { act, methods }] of Object.entries(ACTIONS)) {
  for (const method of methods) {
    for (const fault of ['refuse', 'cut', 'hang'] as const) {
      test(`${name} comes to the same when ${method} meets "${fault}"`, async () => {
        const { artifacts, server } = await opened({ ...QUICK, answerMs: fault === 'hang' ? 1_000 : 60_000 })
        await write(artifacts, sample(10_000))
        await artifacts.put('folder/b', inChunks(sample(1)))
        const undisturbed = await act(artifacts)
        await write(artifacts, sample(10_000))
        const fired = server.fired()
        server.faults.push({ act: fault, method })
        const expected = name === 'get()' ? sample(10_000) : name === 'head()' ? { bytes: 10_000 } : undisturbed
        assert.deepEqual(await act(artifacts), expected)
        assert.equal(server.fired(), fired + 1, 'the fault has been met')
      })
    }
  }
}

test('get() goes on where its bytes broke off, again and again', async () => {
  const { artifacts, server } = await opened()
  await write(artifacts, TWO_PARTS)
  const fired = server.fired()
  server.faults.push({ act: 'cut_body', method: 'GET', times: 3 })
  assert.ok(TWO_PARTS.equals(await read(await artifacts.get('a'))))
  assert.equal(server.fired(), fired + 3)
})

test('a service that stays out of order is told as such after some tries, with the artifact as it was', async () => {
  const { artifacts, server } = await opened()
  await write(artifacts, sample(10))
  const fired = server.fired()
  for (const method of ['PUT', 'GET', 'HEAD']) server.faults.push({ act: 'refuse', method, times: QUICK.tries })
  await assert.rejects(write(artifacts, sample(20)), (error) => {
    assert.ok(error instanceof ArtifactWriteError)
    assert.equal(
      error.message,
      'Cannot write artifact "a": Cannot PUT s3://artifacts/a: 503 SlowDown: Please reduce your request rate.',
    )
    return true
  })
  await assert.rejects(artifacts.get('a'), ArtifactReadError)
  await assert.rejects(artifacts.head('a'), ArtifactReadError)
  assert.equal(server.fired(), fired + 3 * QUICK.tries)
  assert.deepEqual(await artifacts.head('a'), { bytes: 10 })
})

test('put() takes back what it has sent of an object in parts when its source fails', async () => {
  const { artifacts, server } = await opened()
  await assert.rejects(artifacts.put('b', failing(new Error('gone'), sample(20 * 2 ** 20))), /gone/)
  assert.match(server.requests.at(-1) ?? '', /^DELETE \/artifacts\/b\?uploadId=\w+$/)
  assert.equal(await artifacts.head('b'), undefined)
})

const REFUSALS: [what: string, change: (server: S3Server) => { url: string; s3: S3Server['s3'] }, told: RegExp][] = [
  [
    'a secret key that is wrong',
    ({ url, s3 }) => ({ url, s3: { ...s3, secretAccessKey: 'x' } }),
    /403 SignatureDoesNotMatch: /,
  ],
  ['keys nobody knows', ({ url, s3 }) => ({ url, s3: { ...s3, accessKeyId: 'x' } }), /403 InvalidAccessKeyId: /],
  ['a bucket that is not there', ({ s3 }) => ({ url: 's3://absent/x', s3 }), /404 NoSuchBucket: /],
]
for (const [what, change, told] of REFUSALS) {
  test(`${what} is told by checkArtifacts() and by every use, and is tried once`, async () => {
    const server = await s3Server()
    const artifacts = openArtifacts(change(server))
    const before = server.requests.length
    await assert.rejects(checkArtifacts(artifacts), { name: 'ArtifactReadError', message: told })
    await assert.rejects(artifacts.put('a', inChunks(sample(1))), { name: 'ArtifactWriteError', message: told })
    await assert.rejects(artifacts.get('a'), { name: 'ArtifactReadError', message: told })
    assert.equal(server.requests.length, before + 3)
  })
}

test('a service that is not there is told with its address', async () => {
  const s3 = { accessKeyId: 'a', secretAccessKey: 'b', endpoint: 'http://127.0.0.1:20999' }
  const artifacts = new S3Artifacts(new S3Client('bucket', s3, QUICK), '')
  await assert.rejects(checkArtifacts(artifacts), {
    message: /Cannot GET s3:\/\/bucket\/: connect ECONNREFUSED 127.0.0.1:20999/,
  })
})

const KEYS = { accessKeyId: 'a', secretAccessKey: 'b' }
const URLS: [access: object, url: string][] = [
  [{}, 'https://bucket.s3.us-east-1.amazonaws.com'],
  [{ region: 'eu-central-1' }, 'https://bucket.s3.eu-central-1.amazonaws.com'],
  [{ region: 'eu-central-1', pathStyle: true }, 'https://s3.eu-central-1.amazonaws.com/bucket'],
  [{ endpoint: 'http://minio:9000/' }, 'http://minio:9000/bucket'],
  [{ endpoint: 'https://example.org/s3' }, 'https://example.org/s3/bucket'],
  [{ endpoint: 'https://example.org', pathStyle: false }, 'https://bucket.example.org'],
]
for (const [access, url] of URLS)
  test(`bucketUrl() with ${JSON.stringify(access)} is ${url}`, () =>
    assert.equal(bucketUrl('bucket', { ...KEYS, ...access }), url))

for (const endpoint of ['minio:9000', 'ftp://example.org', 'https://'])
  test(`openArtifacts() refuses the endpoint "${endpoint}"`, () =>
    assert.throws(() => openArtifacts({ url: 's3://bucket', s3: { ...KEYS, endpoint } }), RangeError))
