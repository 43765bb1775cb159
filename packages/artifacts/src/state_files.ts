// States as single files, without the manifest of a checkpoint: whoever names one keeps its digest.

import { decodeSafetensors, encodeSafetensors, type NamedTensors } from '@unroll/formats'
import type { Artifacts } from './artifacts.ts'
import { collect, once } from './bytes.ts'
import { digestBytes, sha256, type BytesDigest } from './digest.ts'
import { CheckpointCorruptError } from './errors.ts'

/** A state: tensors, and texts that go along with them. */
export interface StateFile {
  tensors: NamedTensors
  metadata: Readonly<Record<string, string>>
}

/** Encodes a state, which later changes do not affect, and gives what writes it. @throws {ArtifactWriteError} when it is called */
export function encodeState({
  tensors,
  metadata,
}: StateFile): (artifacts: Artifacts, key: string) => Promise<BytesDigest> {
  const bytes = encodeSafetensors(tensors, metadata)
  return async (artifacts, key) => {
    await artifacts.put(key, once(bytes))
    return digestBytes(bytes)
  }
}

/**
 * Reads a state and verifies every byte.
 *
 * @throws {CheckpointCorruptError} where its bytes are not those of the digest
 * @throws {ArtifactNotFoundError | ArtifactReadError}
 */
export async function readState(artifacts: Artifacts, key: string, digest: string): Promise<StateFile> {
  const bytes = await collect(await artifacts.get(key))
  const found = sha256(bytes)
  if (found !== digest) throw new CheckpointCorruptError(key, `its bytes are of ${found} and not of ${digest}`)
  return decodeSafetensors(bytes)
}
