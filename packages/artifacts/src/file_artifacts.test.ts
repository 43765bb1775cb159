import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ArtifactNotFoundError, ArtifactReadError, ArtifactWriteError, openArtifacts } from './index.ts'

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-artifacts-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function files(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true, withFileTypes: true }).then((entries) =>
    entries.filter((entry) => entry.isFile()).map(({ name }) => name),
  )
}

const SIZES: [bytes: number, chunk: number][] = [
  [0, 1],
  [1, 1],
  [65_536, 65_536],
  [1_000_003, 4096],
]
for (const [size, chunk] of SIZES) {
  test(`put() keeps ${size} bytes given ${chunk} at a time, and get() gives them back`, async (t) => {
    const artifacts = openArtifacts(`file:${await folderFor(t)}`)
    const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31) % 251)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    assert.deepEqual(await artifacts.put('datasets/a', inChunks(bytes, chunk)), { bytes: size, sha256 })
    assert.deepEqual(await artifacts.head('datasets/a'), { bytes: size })
    assert.ok(Buffer.from(bytes).equals(await read(await artifacts.get('datasets/a'))))
  })
}

test('put() replaces what the key held, and leaves it when the new bytes fail', async (t) => {
  const artifacts = openArtifacts(`file:${await folderFor(t)}`)
  await artifacts.put('a', inChunks(Buffer.from('one'), 1))
  await artifacts.put('a', inChunks(Buffer.from('two'), 1))
  await assert.rejects(artifacts.put('a', failing(new Error('Client is gone'))), /Client is gone/)
  assert.equal(String(await read(await artifacts.get('a'))), 'two')
})

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half')
  throw error
}

test('put() passes on what its source throws and leaves nothing behind', async (t) => {
  const folder = await folderFor(t)
  const artifacts = openArtifacts(`file:${folder}`)
  const gone = new Error('Client is gone')
  await assert.rejects(artifacts.put('datasets/a', failing(gone)), (error) => error === gone)
  assert.deepEqual(await files(folder), [])
  assert.equal(await artifacts.head('datasets/a'), undefined)
})

test('put() says which artifact could not be written and why, when a file stands in the way', async (t) => {
  const folder = await folderFor(t)
  await writeFile(join(folder, 'datasets'), 'no folder')
  await assert.rejects(openArtifacts(`file:${folder}`).put('datasets/a', inChunks(Buffer.from('x'), 1)), (error) => {
    assert.ok(error instanceof ArtifactWriteError)
    assert.match(error.message, /^Cannot write artifact "datasets\/a": E(NOTDIR|EXIST)/)
    return true
  })
})

test('put() leaves nothing behind when the disk takes no more bytes', async (t) => {
  const folder = await folderFor(t)
  // A process that may write files of 8 blocks at most meets a failing write(2), as on a full disk.
  const program = `
    const { openArtifacts } = await import(${JSON.stringify(new URL('./index.js', import.meta.url).href)})
    async function* source() { for (let i = 0; i < 64; i++) yield Buffer.alloc(65_536) }
    await openArtifacts(process.argv[1]).put('a', source()).then(() => process.exit(3), ({ name, message }) => process.stdout.write(name + ': ' + message))`
  const { stdout, status } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', program, `file:${folder}`],
    { encoding: 'utf8' },
  )
  assert.equal(status, 0)
  assert.match(stdout, /^ArtifactWriteError: Cannot write artifact "a": EFBIG/)
  assert.deepEqual(await files(folder), [])
})

test('get() tells what cannot be read from what is not there', async (t) => {
  const folder = await folderFor(t)
  await mkdir(join(folder, 'a'))
  await assert.rejects(
    async () => read(await openArtifacts(`file:${folder}`).get('a')),
    (error) => error instanceof ArtifactReadError && error.message.startsWith('Cannot read artifact "a": EISDIR'),
  )
})

test('get() tells an absent artifact from other faults; delete() of it does nothing', async (t) => {
  const artifacts = openArtifacts(`file:${await folderFor(t)}`)
  await assert.rejects(artifacts.get('a'), ArtifactNotFoundError)
  await artifacts.delete('a')
  await artifacts.put('a', inChunks(Buffer.from('x'), 1))
  await artifacts.delete('a')
  assert.equal(await artifacts.head('a'), undefined)
})

test('list() gives what lies below a prefix of whole names, and nothing that is still being written', async (t) => {
  const folder = await folderFor(t)
  const artifacts = openArtifacts(`file:${folder}`)
  for (const key of ['jobs/a/1', 'jobs/a/2/x', 'jobs/ab/1', 'jobs-a/1']) {
    await artifacts.put(key, inChunks(Buffer.from(key), 3))
  }
  await writeFile(join(folder, 'jobs/a/.3.torn'), 'half')
  const listed = async (prefix: string) => {
    const found = []
    for await (const artifact of artifacts.list(prefix)) found.push(artifact)
    return found.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  }
  assert.deepEqual(await listed('jobs/a'), [
    { key: 'jobs/a/1', bytes: 8 },
    { key: 'jobs/a/2/x', bytes: 10 },
  ])
  assert.equal((await listed('jobs')).length, 3)
  assert.deepEqual(await listed('absent'), [])
  assert.deepEqual(await listed('jobs/a/1'), [], 'an artifact is not below itself')
  await assert.rejects(listed('../jobs'), RangeError)
})

const NO_KEYS = [
  '',
  '/',
  'a/',
  '/a',
  'a//b',
  '..',
  '../a',
  'a/../b',
  '.a',
  'a/.b',
  'a\\b',
  'a\0b',
  'ä',
  'a b',
  'a'.repeat(513),
]
for (const key of NO_KEYS) {
  test(`every operation refuses the key ${JSON.stringify(key.slice(0, 20))}`, async (t) => {
    const artifacts = openArtifacts(`file:${await folderFor(t)}`)
    await assert.rejects(artifacts.put(key, inChunks(Buffer.from('x'), 1)), RangeError)
    await assert.rejects(artifacts.get(key), RangeError)
    await assert.rejects(artifacts.head(key), RangeError)
    await assert.rejects(artifacts.delete(key), RangeError)
  })
}

for (const location of ['', 'file:', 's3://bucket', '/folder'])
  test(`openArtifacts() refuses the location "${location}"`, () =>
    assert.throws(() => openArtifacts(location), RangeError))
