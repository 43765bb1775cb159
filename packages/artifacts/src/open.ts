import { resolve } from 'node:path'
import type { Artifacts } from './artifacts.ts'
import { FileArtifacts } from './file_artifacts.ts'

const FILE = 'file:'

/**
 * The artifacts kept at a location: `file:<folder>`, absolute or relative to the working directory.
 *
 * @throws {RangeError} for another kind of location
 */
export function openArtifacts(location: string): Artifacts {
  if (!location.startsWith(FILE) || location.length === FILE.length)
    throw new RangeError(
      `Cannot open artifacts as their location must be "file:<folder>": current value is "${location}"`,
    )
  return new FileArtifacts(resolve(location.slice(FILE.length)))
}
