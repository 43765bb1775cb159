// Checkpoints as artifacts: `jobs/<job>/checkpoints/<epoch>/<id>/` holds the tensors, the position of the run, and a
// manifest with the digests of both, which is written last. Without a valid manifest there is no checkpoint.

import { failpoint } from '@unroll/failpoints'
import {
  decodeSafetensors,
  decodeTexts,
  encodeSafetensors,
  FormatError,
  headBytes,
  type NamedTensors,
} from '@unroll/formats'
import {
  ID_PREFIXES,
  checkManifest,
  fromJsonNumber,
  toJsonNumber,
  type Checkpoint,
  type CheckpointManifest,
} from '@unroll/contract'
import type { Artifacts } from './artifacts.ts'
import { collect, once } from './bytes.ts'
import { Digest, digestBytes, type BytesDigest } from './digest.ts'
import { ArtifactNotFoundError, CheckpointCorruptError } from './errors.ts'

/** The content of a checkpoint. */
export interface CheckpointState {
  tensors: NamedTensors
  /** JSON data whose numbers may be Inf or NaN. */
  position: unknown
  /** Texts that go along with the tensors, in their file. */
  metadata?: Readonly<Record<string, string>>
}

/** A state as bytes, which later changes of the state do not affect. */
export interface CheckpointFiles {
  state: Uint8Array
  position: Uint8Array
}

/** The parts of the key of a checkpoint's artifacts. */
export type CheckpointPlace = Pick<Checkpoint, 'job' | 'epoch' | 'id'>

/** A checkpoint as it was registered. */
type WantedCheckpoint = CheckpointPlace & Pick<Checkpoint, 'step' | 'sha256'>

/** Of a safetensors file, which say how long its header is. */
const LENGTH_BYTES = 8

const FILES = { state: 'state.safetensors', position: 'position.json', manifest: 'manifest.json' } as const

/** The key of a checkpoint's tensors, a safetensors file. */
export function stateKey(place: CheckpointPlace): string {
  return fileKey(place, 'state')
}

export function checkpointFiles({ tensors, position, metadata }: CheckpointState): CheckpointFiles {
  return { state: encodeSafetensors(tensors, metadata), position: Buffer.from(JSON.stringify(position, nameNonfinite)) }
}

/**
 * Writes a checkpoint.
 *
 * @returns size and digest of its tensors as a file
 * @throws {ArtifactWriteError} without a valid checkpoint
 */
export async function writeCheckpoint(
  artifacts: Artifacts,
  about: Omit<CheckpointManifest, 'version' | 'files'>,
  files: CheckpointFiles,
): Promise<BytesDigest> {
  try {
    await artifacts.put(fileKey(about, 'state'), once(files.state))
    await artifacts.put(fileKey(about, 'position'), once(files.position))
    const state = digestBytes(files.state)
    const position = digestBytes(files.position)
    const manifest: CheckpointManifest = { version: 1, ...about, files: { state, position } }
    failpoint('checkpoint.before_manifest')
    await artifacts.put(fileKey(about, 'manifest'), once(Buffer.from(JSON.stringify(manifest))))
    return state
  } catch (error) {
    await deleteCheckpoint(artifacts, about).catch(() => {}) // The first error is the one to report.
    throw error
  }
}

/**
 * Reads a checkpoint and verifies every byte.
 *
 * @throws {CheckpointCorruptError} when a part is missing or differs from what was written
 * @throws {ArtifactReadError} when a part cannot be read now
 */
export async function readCheckpoint(
  artifacts: Artifacts,
  checkpoint: WantedCheckpoint,
): Promise<CheckpointState & { manifest: CheckpointManifest }> {
  const { id } = checkpoint
  const manifest = await manifestFor(artifacts, checkpoint)
  const { files } = manifest
  const position = await verified(artifacts, checkpoint, 'position', files.position)
  const state = await verified(artifacts, checkpoint, 'state', files.state)
  try {
    const { tensors, metadata } = decodeSafetensors(state)
    const texts = Object.keys(metadata).length > 0 && { metadata }
    return { manifest, tensors, ...texts, position: JSON.parse(String(position), readNonfinite) as unknown }
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof SyntaxError)
      throw new CheckpointCorruptError(id, cause.message, { cause })
    throw cause
  }
}

/**
 * The texts that go along with the tensors of a checkpoint. Only the start of its file is read.
 *
 * @throws {CheckpointCorruptError} when the file is missing or no safetensors file
 * @throws {ArtifactReadError} when it cannot be read now
 */
export async function readTexts(
  artifacts: Artifacts,
  checkpoint: CheckpointPlace & Pick<Checkpoint, 'bytes'>,
): Promise<Readonly<Record<string, string>>> {
  let start = Buffer.alloc(0)
  try {
    for await (const chunk of await openPart(artifacts, checkpoint, 'state')) {
      start = Buffer.concat([start, chunk])
      if (start.length >= LENGTH_BYTES && start.length >= headBytes(start)) break
    }
    return decodeTexts(start.subarray(0, headBytes(start)), checkpoint.bytes)
  } catch (cause) {
    if (cause instanceof FormatError) throw new CheckpointCorruptError(checkpoint.id, cause.message, { cause })
    throw cause
  }
}

/**
 * Copies a checkpoint and verifies every byte.
 *
 * @throws {CheckpointCorruptError} when a part is missing or differs from what was written
 * @throws {ArtifactReadError | ArtifactWriteError}
 */
export async function copyCheckpoint(
  artifacts: Artifacts,
  checkpoint: Checkpoint,
  place: CheckpointPlace,
): Promise<Checkpoint> {
  const manifest = await manifestFor(artifacts, checkpoint)
  try {
    for (const file of ['state', 'position'] as const) {
      const copied = new Digest()
      await artifacts.put(fileKey(place, file), copied.of(await openPart(artifacts, checkpoint, file)))
      refuseDamaged(checkpoint.id, file, copied.result(), manifest.files[file])
    }
    await artifacts.put(fileKey(place, 'manifest'), once(Buffer.from(JSON.stringify({ ...manifest, ...place }))))
  } catch (error) {
    await deleteCheckpoint(artifacts, place).catch(() => {}) // The first error is the one to report.
    throw error
  }
  return { ...checkpoint, ...place }
}

/** Deletes a checkpoint; from the first deleted part on it is no longer valid. */
export async function deleteCheckpoint(artifacts: Artifacts, place: CheckpointPlace): Promise<void> {
  for (const file of ['manifest', 'position', 'state'] as const) await artifacts.delete(fileKey(place, file))
}

/**
 * Artifacts of attempts before `epoch` that do not belong to the `kept` checkpoints of the job: those of killed or late
 * writers. None of them can become valid again.
 */
export async function* staleCheckpoints(
  artifacts: Artifacts,
  { job, epoch }: { job: string; epoch: number },
  kept: readonly { id: string }[],
): AsyncGenerator<CheckpointPlace> {
  const known = new Set(kept.map(({ id }) => id))
  const folder = checkpointFolder(job)
  for await (const { key } of artifacts.list(folder)) {
    const [of = '', id = ''] = key.slice(folder.length + 1).split('/')
    if (Number(of) >= epoch || known.has(id)) continue
    known.add(id)
    yield { job, epoch: Number(of), id }
  }
}

/** @param owner a job, or a version of a registered model */
function checkpointFolder(owner: string): string {
  const isRegistered = owner.startsWith(`${ID_PREFIXES.modelVersion}_`)
  return `${isRegistered ? 'models' : 'jobs'}/${owner}/checkpoints`
}

function fileKey({ job, epoch, id }: CheckpointPlace, file: keyof typeof FILES): string {
  return `${checkpointFolder(job)}/${epoch}/${id}/${FILES[file]}`
}

async function manifestFor(artifacts: Artifacts, wanted: WantedCheckpoint): Promise<CheckpointManifest> {
  const { id } = wanted
  const manifest = parseManifest(id, await readWhole(artifacts, wanted, 'manifest'))
  const { job, epoch, step, files } = manifest
  const isOther = (['job', 'epoch', 'id', 'step'] as const).some((name) => manifest[name] !== wanted[name])
  if (isOther || files.state.sha256 !== wanted.sha256)
    throw new CheckpointCorruptError(id, `its manifest is that of step ${step} of attempt ${epoch} of job "${job}"`)
  return manifest
}

function parseManifest(id: string, bytes: Buffer): CheckpointManifest {
  let json: unknown
  try {
    json = JSON.parse(String(bytes))
  } catch (cause) {
    throw new CheckpointCorruptError(id, 'its manifest is not JSON', { cause })
  }
  const checked = checkManifest(json)
  if (checked.ok) return checked.value
  const faults = checked.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')
  throw new CheckpointCorruptError(id, `its manifest is at fault: ${faults}`)
}

async function verified(
  artifacts: Artifacts,
  place: CheckpointPlace,
  file: keyof CheckpointFiles,
  wanted: BytesDigest,
): Promise<Buffer> {
  const bytes = await readWhole(artifacts, place, file)
  refuseDamaged(place.id, file, digestBytes(bytes), wanted)
  return bytes
}

function refuseDamaged(id: string, file: keyof typeof FILES, found: BytesDigest, wanted: BytesDigest): void {
  if (found.bytes === wanted.bytes && found.sha256 === wanted.sha256) return
  throw new CheckpointCorruptError(
    id,
    `${FILES[file]} must have ${wanted.bytes} bytes of digest ${wanted.sha256}: it has ${found.bytes} of ${found.sha256}`,
  )
}

async function openPart(
  artifacts: Artifacts,
  place: CheckpointPlace,
  file: keyof typeof FILES,
): Promise<AsyncIterable<Uint8Array>> {
  return await artifacts.get(fileKey(place, file)).catch((cause: unknown) => {
    if (cause instanceof ArtifactNotFoundError)
      throw new CheckpointCorruptError(place.id, `${FILES[file]} is missing`, { cause })
    throw cause
  })
}

async function readWhole(artifacts: Artifacts, place: CheckpointPlace, file: keyof typeof FILES): Promise<Buffer> {
  return await collect(await openPart(artifacts, place, file))
}

function nameNonfinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? toJsonNumber(value) : value
}

function readNonfinite(_key: string, value: unknown): unknown {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? fromJsonNumber(value) : value
}
