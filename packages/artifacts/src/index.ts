export { type ArtifactHead, type Artifacts, type ListedArtifact } from './artifacts.ts'
export { collect, once } from './bytes.ts'
export {
  checkpointFiles,
  copyCheckpoint,
  deleteCheckpoint,
  readCheckpoint,
  readTexts,
  staleCheckpoints,
  stateKey,
  writeCheckpoint,
  type CheckpointFiles,
  type CheckpointPlace,
  type CheckpointState,
} from './checkpoints.ts'
export { readEvaluations, writeEvaluations } from './evaluations.ts'
export { ArtifactNotFoundError, ArtifactReadError, ArtifactWriteError, CheckpointCorruptError } from './errors.ts'
export { ARTIFACTS_ENVIRONMENT, artifactsLocation } from './environment.ts'
export {
  UPLOADS,
  datasetKey,
  initialWeightsKey,
  modelCardKey,
  outcomeKey,
  partKey,
  readUploadName,
  sessionKey,
  uploadFolder,
  weightsKey,
} from './layout.ts'
export { encodeState, readState, type StateFile } from './state_files.ts'
export { sweepUnfinished } from './sweep.ts'
export { TRIED, readClock, identifyPlace, readPlace, tryArtifacts } from './place.ts'
export { checkArtifacts, locateFile, openArtifacts, readFreeBytes, type ArtifactsLocation } from './open.ts'
