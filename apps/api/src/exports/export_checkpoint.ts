import { createHash } from 'node:crypto'
import { ArtifactNotFoundError, stateKey, type Artifacts } from '@unroll/artifacts'
import {
  explainUnexportable,
  UnrollError,
  type Checkpoint,
  type CheckpointFormat,
  type JobSpec,
} from '@unroll/contract'
import { exportApart, type NetworkFormat } from '@unroll/exports'

/** Of the state of a run: an export is made in memory, of which it takes a few times as much. */
const MOST_BYTES = 2 ** 30

/** A checkpoint of a job, or its copy as a registered model. */
export interface Source {
  readonly spec: JobSpec
  /** The job that trained it. */
  readonly job: string
  readonly checkpoint: Checkpoint
}

/**
 * The network of a checkpoint as a file.
 *
 * @throws {UnrollError} FORMAT_UNSUITABLE, CHECKPOINT_NOT_FOUND, CHECKPOINT_DAMAGED, CHECKPOINT_UNSUITABLE
 * @throws {ArtifactReadError}
 */
export async function exportCheckpoint(
  artifacts: Artifacts,
  { spec, job, checkpoint }: Source,
  format: NetworkFormat,
): Promise<Uint8Array<ArrayBuffer>> {
  refuseUnexportable(format, spec.model, checkpoint)
  const state = await readState(artifacts, checkpoint)
  const { id, step, sha256 } = checkpoint
  return await exportApart(state, { spec, origin: { job, checkpoint: id, step, sha256 } }, format)
}

function refuseUnexportable(format: CheckpointFormat, model: JobSpec['model'], { bytes, id }: Checkpoint): void {
  const why =
    bytes > MOST_BYTES
      ? `its state of ${bytes} bytes is larger than the ${MOST_BYTES} that are converted: "state" can`
      : explainUnexportable(format, model)
  if (why !== undefined)
    throw new UnrollError(
      'FORMAT_UNSUITABLE',
      `Cannot export checkpoint "${id}" of cell "${model.cell}" as "${format}": ${why}`,
    )
}

/** The file of a checkpoint's state, every byte verified. */
export async function readState(artifacts: Artifacts, checkpoint: Checkpoint): Promise<Uint8Array<ArrayBuffer>> {
  const state = new Uint8Array(checkpoint.bytes)
  let filled = 0
  for await (const chunk of await openState(artifacts, checkpoint)) {
    if (filled + chunk.length > state.length) throw damaged(checkpoint)
    state.set(chunk, filled)
    filled += chunk.length
  }
  const sha256 = createHash('sha256').update(state).digest('hex')
  if (sha256 !== checkpoint.sha256 || filled !== state.length) throw damaged(checkpoint)
  return state
}

/** The file of a checkpoint's state. @throws {UnrollError} CHECKPOINT_NOT_FOUND where a newer one has replaced it since the lookup */
export async function openState(artifacts: Artifacts, checkpoint: Checkpoint): Promise<AsyncIterable<Uint8Array>> {
  return await artifacts.get(stateKey(checkpoint)).catch((error: unknown) => {
    const { id, job } = checkpoint
    throw error instanceof ArtifactNotFoundError
      ? new UnrollError('CHECKPOINT_NOT_FOUND', `Cannot read checkpoint "${id}" of job "${job}": its bytes are gone`)
      : error
  })
}

function damaged({ id, sha256 }: Checkpoint): UnrollError {
  return new UnrollError(
    'CHECKPOINT_DAMAGED',
    `Cannot export checkpoint "${id}" as it is damaged: its bytes are not those of digest ${sha256}`,
  )
}
