import { readCheckpoint, type Artifacts } from '@unroll/artifacts'
import type { TrainingState } from '@unroll/bptt'
import type { Checkpoint, CheckpointManifest } from '@unroll/spec'
import type { RunPosition, RunState } from '@unroll/trainer'

/** A checkpoint read back. */
export interface Saved {
  manifest: CheckpointManifest
  state: RunState
}

/**
 * Reads what a `Checkpointer` wrote.
 *
 * @throws {CheckpointCorruptError} when it is not whole
 * @throws {ArtifactReadError} when it cannot be read now
 */
export async function readSaved(artifacts: Artifacts, checkpoint: Checkpoint): Promise<Saved> {
  const { manifest, tensors, position: kept } = await readCheckpoint(artifacts, checkpoint)
  const { position, updates } = kept as { position: RunPosition; updates: number }
  return { manifest, state: { position, training: { tensors: tensors as TrainingState['tensors'], updates } } }
}
