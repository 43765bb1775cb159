export { type ArtifactHead, type Artifacts, type ListedArtifact, type StoredArtifact } from './artifacts.ts'
export {
  checkpointFiles,
  deleteCheckpoint,
  readCheckpoint,
  staleCheckpoints,
  stateKey,
  writeCheckpoint,
  type CheckpointFiles,
  type CheckpointPlace,
  type CheckpointState,
} from './checkpoints.ts'
export { ArtifactNotFoundError, ArtifactReadError, ArtifactWriteError, CheckpointCorruptError } from './errors.ts'
export { openArtifacts } from './open.ts'
