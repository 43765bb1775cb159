import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSafetensors } from '@unroll/formats'
import {
  ArtifactWriteError,
  CheckpointCorruptError,
  checkpointFiles,
  copyCheckpoint,
  deleteCheckpoint,
  readCheckpoint,
  staleCheckpoints,
  writeCheckpoint,
  type Artifacts,
} from './index.ts'
import type { CheckpointState } from './checkpoints.ts'
import { inChunks, listed, read } from './testing/bytes.ts'
import { DRIVERS } from './testing/drivers.ts'

const FOLDER = 'jobs/job_1/checkpoints/2'
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

async function written(artifacts: Artifacts, about: typeof ABOUT = ABOUT) {
  const { sha256 } = await writeCheckpoint(artifacts, about, checkpointFiles(STATE))
  return { ...about, sha256 }
}

/** What the bytes of a file become; undefined: the file is deleted. */
type Damage = (bytes: Buffer) => Uint8Array | undefined

const DAMAGE: [what: string, file: string, damage: Damage, message: RegExp][] = [
  ['no manifest', 'manifest.json', () => undefined, /manifest.json is missing/],
  ['no tensors', 'state.safetensors', () => undefined, /state.safetensors is missing/],
  ['tensors cut short', 'state.safetensors', (bytes) => bytes.subarray(0, 20), /it has 20 of/],
  ['a bit flipped in its tensors', 'state.safetensors', flipLastBit, /must have \d+ bytes/],
  ['a bit flipped in its position', 'position.json', flipLastBit, /position.json must/],
  ['a manifest cut short', 'manifest.json', (bytes) => bytes.subarray(0, 30), /is not JSON/],
  ['an empty manifest', 'manifest.json', () => Buffer.from('{}'), /at fault: .*files/],
  ['the manifest of another step', 'manifest.json', otherStep, /is that of step 41/],
]

function flipLastBit(bytes: Buffer): Uint8Array {
  return bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1)
}

function otherStep(bytes: Buffer): Uint8Array {
  return Buffer.from(String(bytes).replace('"step":40', '"step":41'))
}

for (const [name, open] of DRIVERS) {
  test(`${name}: readCheckpoint() gives back what writeCheckpoint() was given, every number as it was`, async (t) => {
    const artifacts = await open(t)
    const { manifest, ...state } = await readCheckpoint(artifacts, await written(artifacts))
    assert.deepEqual(state, STATE)
    assert.deepEqual(manifest.engine, ABOUT.engine)
  })

  test(`${name}: checkpointFiles() is a copy: the state may change while it is written`, async (t) => {
    const artifacts = await open(t)
    const data = Float32Array.of(1)
    const files = checkpointFiles({ tensors: { a: { shape: [1], data } }, position: {} })
    data[0] = 2
    const { sha256 } = await writeCheckpoint(artifacts, ABOUT, files)
    const { tensors } = await readCheckpoint(artifacts, { ...ABOUT, sha256 })
    assert.deepEqual(tensors['a']?.data, Float32Array.of(1))
  })

  test(`${name}: writeCheckpoint() gives equal states equal digests, whatever else differs`, async (t) => {
    const artifacts = await open(t)
    const first = await written(artifacts)
    const second = await written(artifacts, {
      ...ABOUT,
      epoch: 3,
      id: 'ckpt_b',
      created_at: '2027-01-01T00:00:00.000Z',
    })
    assert.equal(second.sha256, first.sha256)
  })

  for (const [what, file, damage, message] of DAMAGE) {
    test(`${name}: readCheckpoint() refuses a checkpoint with ${what}`, async (t) => {
      const artifacts = await open(t)
      const checkpoint = await written(artifacts)
      const key = `${FOLDER}/ckpt_a/${file}`
      const bytes = damage(await read(await artifacts.get(key)))
      await (bytes === undefined ? artifacts.delete(key) : artifacts.put(key, inChunks(bytes)))
      await assert.rejects(
        readCheckpoint(artifacts, checkpoint),
        (error) => error instanceof CheckpointCorruptError && message.test(error.message),
      )
    })
  }

  for (const failing of [1, 2, 3]) {
    test(`${name}: writeCheckpoint() leaves nothing when the disk is full at file ${failing}, and the one before intact`, async (t) => {
      const artifacts = await open(t)
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
      assert.deepEqual(await listed(artifacts.list(`${FOLDER}/ckpt_b`)), [])
      assert.deepEqual((await readCheckpoint(artifacts, before)).tensors, STATE.tensors)
    })
  }

  test(`${name}: staleCheckpoints() names once what older attempts left, and never what a newer one may still want`, async (t) => {
    const artifacts = await open(t)
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
}

for (const [name, open] of DRIVERS) {
  test(`${name}: copyCheckpoint() makes another checkpoint of the same bytes, and nothing of one that is damaged`, async (t) => {
    const artifacts = await open(t)
    const { bytes, sha256 } = await writeCheckpoint(artifacts, ABOUT, checkpointFiles(STATE))
    const { engine: _, ...about } = ABOUT
    const checkpoint = { ...about, object: 'checkpoint', bytes, sha256, metrics: {} } as const
    const place = { job: 'job_2', epoch: 0, id: 'ckpt_b' }
    const copy = await copyCheckpoint(artifacts, checkpoint, place)
    assert.deepEqual(copy, { ...checkpoint, ...place })
    await deleteCheckpoint(artifacts, checkpoint)
    const { manifest, ...state } = await readCheckpoint(artifacts, copy)
    assert.deepEqual([manifest.job, state], ['job_2', STATE])

    const key = 'jobs/job_2/checkpoints/0/ckpt_b/state.safetensors'
    await artifacts.put(key, inChunks(flipLastBit(await read(await artifacts.get(key)))))
    await assert.rejects(copyCheckpoint(artifacts, copy, { ...place, job: 'job_3' }), CheckpointCorruptError)
    assert.deepEqual(await listed(artifacts.list('jobs/job_3')), [])
  })
}

test('checkpointFiles() has texts that go along in the file of the tensors', () => {
  const metadata = { 'unroll.data': '{"classes":["ä"]}' }
  const { state } = checkpointFiles({
    tensors: { a: { shape: [1], data: Float32Array.of(1) } },
    position: {},
    metadata,
  })
  assert.deepEqual(decodeSafetensors(state).metadata, metadata)
})
