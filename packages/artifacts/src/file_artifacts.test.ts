import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ArtifactReadError, ArtifactWriteError, openArtifacts } from './index.ts'
import { failing, inChunks, listed, read } from './testing/bytes.ts'
import { folderFor } from './testing/drivers.ts'

function files(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true, withFileTypes: true }).then((entries) =>
    entries.filter((entry) => entry.isFile()).map(({ name }) => name),
  )
}

test('put() passes on what its source throws and leaves nothing behind', async (t) => {
  const folder = await folderFor(t)
  const artifacts = openArtifacts(`file:${folder}`)
  const gone = new Error('Client is gone')
  await assert.rejects(artifacts.put('datasets/a', failing(gone)), (error) => error === gone)
  assert.deepEqual(await files(folder), [])
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

test('list() leaves out what is still being written', async (t) => {
  const folder = await folderFor(t)
  const artifacts = openArtifacts(`file:${folder}`)
  await artifacts.put('jobs/a/1', inChunks(Buffer.from('x')))
  await writeFile(join(folder, 'jobs/a/.3.torn'), 'half')
  const found = await listed(artifacts.list('jobs'))
  assert.deepEqual(
    found.map(({ key }) => key),
    ['jobs/a/1'],
  )
})

test('delete() leaves no empty folder behind, also beside those who write into the same', async (t) => {
  const folder = await folderFor(t)
  const artifacts = openArtifacts(`file:${folder}`)
  await artifacts.put('jobs/b/1', inChunks(Buffer.from('x')))
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let turn = 0; turn < 30; turn++) {
      const key = `jobs/a/${turn % 3}/${writer}`
      await artifacts.put(key, inChunks(Buffer.from('x')))
      await artifacts.delete(key)
    }
  })
  await Promise.all(writers)
  assert.deepEqual(await readdir(folder, { recursive: true }), ['jobs', 'jobs/b', 'jobs/b/1'])
  await artifacts.delete('jobs/b/1')
  assert.deepEqual(await readdir(folder), [], 'but the place itself')
})

for (const location of ['', 'file:', 's3:', 's3://', 's3://b', 's3://bucket', 's3://bucket/../x', '/folder'])
  test(`openArtifacts() refuses the location "${location}" alone`, () =>
    assert.throws(() => openArtifacts(location), RangeError))
