import { readCheckpoint, type Artifacts } from '@unroll/artifacts'
import type { TrainingState } from '@unroll/bptt'
import { decodeDecoding, type Checkpoint, type CheckpointManifest, type Decoding } from '@unroll/contract'
import { forked, type RunPosition, type RunState } from '@unroll/trainer'

/** A checkpoint read back. */
export interface Saved {
  manifest: CheckpointManifest
  state: RunState
  /** What its model reads and answers; undefined where it does not say. */
  decoding: Decoding | undefined
}

/**
 * Reads what a `Checkpointer` wrote.
 *
 * @throws {CheckpointCorruptError} when it is damaged
 * @throws {ArtifactReadError} when it cannot be read now
 */
export async function readSaved(artifacts: Artifacts, checkpoint: Checkpoint): Promise<Saved> {
  const saved = await readKept(artifacts, checkpoint)
  if (saved.manifest.epoch !== COPIED) return saved
  const { position, training } = saved.state
  return { ...saved, state: { position: forked(position), training } }
}

/** Reads a checkpoint as it was written, though it was copied. @throws as `readSaved` does */
export async function readKept(artifacts: Artifacts, checkpoint: Checkpoint): Promise<Saved> {
  const { manifest, tensors, metadata = {}, position: kept } = await readCheckpoint(artifacts, checkpoint)
  const { position, updates } = kept as { position: RunPosition; updates: number }
  const training = { tensors: tensors as TrainingState['tensors'], updates }
  return { manifest, state: { position, training }, decoding: decodeDecoding(metadata) }
}

/** The epoch of a checkpoint that was copied from another job: attempts count from 1. */
const COPIED = 0
