import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  ArtifactWriteError,
  CheckpointCorruptError,
  checkpointFiles,
  deleteCheckpoint,
  openArtifacts,
  readCheckpoint,
  staleCheckpoints,
  writeCheckpoint,
  type Artifacts,
  type CheckpointState,
} from './index.ts'

const PLACE = { job: 'job_1', epoch: 2, id: 'ckpt_a' }
const ABOUT = {
  ...PLACE,
  step: 40,
  created_at: '2026-11-24T00:00:00.000Z',
  engine: { name: 'tfjs', backend: 'wasm', versions: { tfjs: '4' } },
}
const STATE: CheckpointState = {
  tensors: {
    'layers.0.Wx': { shape: [2], data: Float32Array.of(1.5, -0) },
    'carried.0.h': { shape: [1, 1], data: Float32Array.of(Infinity) },
  },
  position: {
    step: 40,
    progress: { best: Infinity, stale: 0 },
    result: { loss: Number.NaN, low: -Infinity },
    on: true,
  },
}

async function opened(t: TestContext): Promise<{ artifacts: Artifacts; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-checkpoints-'))
  t.after(() => rm(folder, { recursive: true }))
  return { artifacts: openArtifacts(`file:${folder}`), folder }
}

async function written(artifacts: Artifacts, about: typeof ABOUT = ABOUT) {
  const { sha256 } = await writeCheckpoint(artifacts, about, checkpointFiles(STATE))
  return { ...about, sha256 }
}

test('readCheckpoint() gives back what writeCheckpoint() was given, every number as it was', async (t) => {
  const { artifacts } = await opened(t)
  const { manifest, ...state } = await readCheckpoint(artifacts, await written(artifacts))
  assert.deepEqual(state, STATE)
  assert.deepEqual(manifest.engine, ABOUT.engine)
})

test('checkpointFiles() is a copy: the state may change while it is written', async (t) => {
  const { artifacts } = await opened(t)
  const data = Float32Array.of(1)
  const files = checkpointFiles({ tensors: { a: { shape: [1], data } }, position: {} })
  data[0] = 2
  const { sha256 } = await writeCheckpoint(artifacts, ABOUT, files)
  const { tensors } = await readCheckpoint(artifacts, { ...ABOUT, sha256 })
  assert.deepEqual(tensors['a']?.data, Float32Array.of(1))
})

test('writeCheckpoint() gives equal states equal digests, whatever else differs', async (t) => {
  const { artifacts } = await opened(t)
  const first = await written(artifacts)
  const second = await written(artifacts, { ...ABOUT, epoch: 3, id: 'ckpt_b', created_at: '2027-01-01T00:00:00.000Z' })
  assert.equal(second.sha256, first.sha256)
})

const DAMAGE: { what: string; file: string; damage: (path: string) => Promise<void>; message: RegExp }[] = [
  { what: 'no manifest', file: 'manifest.json', damage: (path) => rm(path), message: /manifest.json is missing/ },
  {
    what: 'no tensors',
    file: 'state.safetensors',
    damage: (path) => rm(path),
    message: /state.safetensors is missing/,
  },
  {
    what: 'tensors cut short',
    file: 'state.safetensors',
    damage: (path) => truncate(path, 20),
    message: /it has 20 of/,
  },
  {
    what: 'a bit flipped in its tensors',
    file: 'state.safetensors',
    damage: flipLastByte,
    message: /must have \d+ bytes/,
  },
  { what: 'a bit flipped in its position', file: 'position.json', damage: flipLastByte, message: /position.json must/ },
  { what: 'a manifest cut short', file: 'manifest.json', damage: (path) => truncate(path, 30), message: /is not JSON/ },
  {
    what: 'an empty manifest',
    file: 'manifest.json',
    damage: (path) => writeFile(path, '{}'),
    message: /at fault: .*files/,
  },
  { what: 'the manifest of another step', file: 'manifest.json', damage: otherStep, message: /is that of step 41/ },
]

async function flipLastByte(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(path, bytes)
}

async function otherStep(path: string): Promise<void> {
  await writeFile(path, (await readFile(path, 'utf8')).replace('"step":40', '"step":41'))
}

for (const { what, file, damage, message } of DAMAGE) {
  test(`readCheckpoint() refuses a checkpoint with ${what}`, async (t) => {
    const { artifacts, folder } = await opened(t)
    const checkpoint = await written(artifacts)
    await damage(join(folder, 'jobs/job_1/checkpoints/2/ckpt_a', file))
    await assert.rejects(
      readCheckpoint(artifacts, checkpoint),
      (error) => error instanceof CheckpointCorruptError && message.test(error.message),
    )
  })
}

for (const failing of [1, 2, 3]) {
  test(`writeCheckpoint() leaves nothing when the disk is full at file ${failing}, and the one before intact`, async (t) => {
    const { artifacts, folder } = await opened(t)
    const before = await written(artifacts)
    let puts = 0
    const full: Artifacts = {
      put: (key, source) => {
        if (++puts === failing) throw new ArtifactWriteError(key, new Error('ENOSPC: no space left on device'))
        return artifacts.put(key, source)
      },
      get: (key) => artifacts.get(key),
      head: (key) => artifacts.head(key),
      delete: (key) => artifacts.delete(key),
      list: (prefix) => artifacts.list(prefix),
    }
    await assert.rejects(written(full, { ...ABOUT, id: 'ckpt_b' }), /ENOSPC/)
    assert.equal(puts, failing, 'the fault was injected')
    assert.deepEqual(await readdir(join(folder, 'jobs/job_1/checkpoints/2/ckpt_b')).catch(() => []), [])
    assert.deepEqual((await readCheckpoint(artifacts, before)).tensors, STATE.tensors)
  })
}

test('staleCheckpoints() names once what older attempts left, and never what a newer one may still want', async (t) => {
  const { artifacts } = await opened(t)
  const kept = await written(artifacts)
  for (const [epoch, id] of [
    [1, 'ckpt_lost'],
    [3, 'ckpt_mine'],
    [4, 'ckpt_newer'],
  ] as const)
    await written(artifacts, { ...ABOUT, epoch, id })
  const stale = []
  for await (const place of staleCheckpoints(artifacts, { job: 'job_1', epoch: 3 }, [kept])) stale.push(place)
  assert.deepEqual(stale, [{ job: 'job_1', epoch: 1, id: 'ckpt_lost' }])
  await deleteCheckpoint(artifacts, stale[0]!)
  await deleteCheckpoint(artifacts, stale[0]!)
  await readCheckpoint(artifacts, kept)
})
