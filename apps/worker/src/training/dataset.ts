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
import {
  planForModel,
  planSequences,
  usesDataset,
  type Dataset,
  type DatasetReference,
  type Decoding,
  type Fault,
  type JobSpec,
} from '@unroll/contract'
import { openSequences, type SequenceFile } from '@unroll/datasets'
import { encodeStream, recodeText, type OpenedDataset, type TestedDataset } from '@unroll/tasks'

/** What a job trains on, and where it is kept. */
interface Wanted {
  dataset?: Dataset | undefined
  artifacts: ArtifactsLocation
}

/** An opened data set; its sequences are those of a file, which has to be closed. */
export type LocalDataset = OpenedDataset & { sequences?: SequenceFile }

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
): Promise<LocalDataset | undefined> {
  if (!usesDataset(data)) return undefined
  const key = datasetKey(data.dataset)
  if (dataset === undefined) throw new ArtifactNotFoundError(key)
  if (dataset.kind === 'text') return { text: await encodeStream(await artifacts.get(key), dataset) }
  const found = planSequences(data, dataset)
  if ('faults' in found) throw unsuitable('train', dataset, found.faults)
  return { sequences: await openFile(artifacts, location, key), plan: found.plan }
}

/**
 * Opens a data set that a trained model is tested on.
 *
 * @throws {ArtifactNotFoundError} where it was deleted
 * @throws {ArtifactReadError} where it cannot be read now
 * @throws {RangeError} where the model does not know a character of a text
 */
export async function openTested(
  data: DatasetReference,
  model: Decoding,
  { dataset, artifacts: location }: Required<Wanted> & { dataset: Dataset },
  artifacts: Artifacts,
): Promise<TestedDataset> {
  const key = datasetKey(dataset.id)
  if (model.kind === 'text') {
    if (dataset.kind !== 'text') throw unsuitable('evaluate', dataset, [])
    return { text: recodeText(await encodeStream(await artifacts.get(key), dataset), model.vocabulary) }
  }
  if (dataset.kind !== 'sequences') throw unsuitable('evaluate', dataset, [])
  const found = planForModel(data, model, dataset)
  if ('faults' in found) throw unsuitable('evaluate', dataset, found.faults)
  return { sequences: await openFile(artifacts, location, key), model, ...found }
}

/** Admission has looked at the same: only another release of this service can see it otherwise. */
function unsuitable(action: string, { id, kind }: Dataset, faults: readonly Fault[]): RangeError {
  const why = faults.length > 0 ? faults.map(({ detail }) => detail).join('; ') : `it is ${kind}`
  return new RangeError(`Cannot ${action} on data set "${id}": ${why}`)
}

/** Sequences in their file, or in a copy of it on this machine. */
async function openFile(artifacts: Artifacts, location: ArtifactsLocation, key: string): Promise<SequenceFile> {
  if ((await artifacts.head(key)) === undefined) throw new ArtifactNotFoundError(key)
  const file = locateFile(location, key)
  return file === undefined ? await openCopy(artifacts, key) : openSequences(file)
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
