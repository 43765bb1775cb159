import { CheckpointCorruptError, readCheckpoint, type Artifacts } from '@unroll/artifacts'
import type { TrainingState } from '@unroll/bptt'
import type { Checkpoint, CheckpointManifest } from '@unroll/spec'
import type { RunPosition, RunState } from '@unroll/trainer'

/** A checkpoint read back. */
export interface Saved {
  manifest: CheckpointManifest
  state: RunState
}

/**
 * The newest checkpoint that is whole, or undefined where none is.
 *
 * @param checkpoints newest first
 * @param onCorrupt told of each damaged one that was passed over
 * @throws {ArtifactReadError} when something cannot be read now
 */
export async function newestGood(
  artifacts: Artifacts,
  checkpoints: readonly Checkpoint[],
  onCorrupt: (checkpoint: Checkpoint, why: string) => void,
): Promise<Saved | undefined> {
  for (const checkpoint of checkpoints) {
    try {
      const { manifest, tensors, position: kept } = await readCheckpoint(artifacts, checkpoint)
      const { position, updates } = kept as { position: RunPosition; updates: number }
      return { manifest, state: { position, training: { tensors: tensors as TrainingState['tensors'], updates } } }
    } catch (error) {
      if (!(error instanceof CheckpointCorruptError)) throw error
      onCorrupt(checkpoint, error.message)
    }
  }
  return undefined
}
