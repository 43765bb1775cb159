import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  ArtifactNotFoundError,
  datasetKey,
  locateFile,
  type Artifacts,
  type ArtifactsLocation,
} from '@unroll/artifacts'
import { planSequences, usesDataset, type Dataset, type DatasetReference, type JobSpec } from '@unroll/contract'
import { openSequences, type SequenceFile } from '@unroll/datasets'
import { encodeStream, type OpenedDataset } from '@unroll/tasks'

/** What a job trains on, and where it is kept. */
interface Wanted {
  dataset?: Dataset | undefined
  artifacts: ArtifactsLocation
}

/**
 * Opens the data set of a job; undefined for a job on a task.
 *
 * @throws {ArtifactNotFoundError} where it was deleted
 * @throws {ArtifactReadError} where it cannot be read now
 */
export async function openDataset(
  { data }: JobSpec,
  { dataset, artifacts: location }: Wanted,
  artifacts: Artifacts,
): Promise<OpenedDataset | undefined> {
  if (!usesDataset(data)) return undefined
  const key = datasetKey(data.dataset)
  if (dataset === undefined) throw new ArtifactNotFoundError(key)
  if (dataset.kind === 'text') return { text: await encodeStream(await artifacts.get(key), dataset) }
  const file = locateFile(location, key)
  if ((await artifacts.head(key)) === undefined) throw new ArtifactNotFoundError(key)
  return planned(data, dataset, file === undefined ? await openCopy(artifacts, key) : openSequences(file))
}

function planned(
  data: DatasetReference,
  dataset: Extract<Dataset, { kind: 'sequences' }>,
  sequences: SequenceFile,
): OpenedDataset {
  const found = planSequences(data, dataset)
  if ('plan' in found) return { sequences, plan: found.plan }
  // Admission has looked at the same: only another release of this service can see it otherwise.
  throw new RangeError(
    `Cannot train on data set "${dataset.id}": ${found.faults.map(({ detail }) => detail).join('; ')}`,
  )
}

/** A copy on this machine of what is kept elsewhere, which has no name once it is open. */
async function openCopy(artifacts: Artifacts, key: string): Promise<SequenceFile> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-dataset-'))
  try {
    const path = join(folder, 'sequences.arrow')
    await pipeline(await artifacts.get(key), createWriteStream(path))
    return openSequences(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
