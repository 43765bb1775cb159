export { type ArtifactHead, type Artifacts, type ListedArtifact, type StoredArtifact } from './artifacts.ts'
export { ArtifactNotFoundError, ArtifactWriteError } from './errors.ts'
export { openArtifacts } from './open.ts'
