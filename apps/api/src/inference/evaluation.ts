import { readTexts } from '@unroll/artifacts'
import {
  UnrollError,
  decodeDecoding,
  modelFaults,
  usesDataset,
  type Dataset,
  type EvaluationRequest,
  type Fault,
} from '@unroll/contract'
import type { NewEvaluation } from '@unroll/store'
import type { FindDataset } from '../jobs/admission.ts'
import type { Services } from '../types.ts'
import { chooseCheckpoint } from './checkpoint_choice.ts'

/**
 * Checks that a checkpoint of a job can answer a data set: the fields, classes and symbols of its model are there.
 *
 * @throws {UnrollError} JOB_NOT_FOUND, CHECKPOINT_NOT_FOUND, CHECKPOINT_UNSUITABLE, DATASET_NOT_FOUND, DATASET_UNSUITABLE
 * @throws {CheckpointCorruptError | ArtifactReadError}
 */
export async function admitEvaluation(
  { store, artifacts }: Pick<Services, 'store' | 'artifacts'>,
  jobId: string,
  { dataset: wanted, checkpoint: choice }: EvaluationRequest,
  findDataset: FindDataset,
): Promise<NewEvaluation> {
  const job = await store.jobs.get(jobId)
  const checkpoint = await chooseCheckpoint(store, job, choice)
  const dataset = await findDataset(wanted).catch((error: unknown) => {
    throw blamingTheField(error, wanted)
  })
  const model = decodeDecoding(await readTexts(artifacts, checkpoint))
  const { data } = job.spec
  if (model === undefined || !usesDataset(data)) {
    const why = usesDataset(data)
      ? 'a version of before wrote it, which did not keep with it what the model reads'
      : 'the job trains on a task and not on data'
    throw new UnrollError(
      'CHECKPOINT_UNSUITABLE',
      `Cannot evaluate checkpoint "${checkpoint.id}" on a data set: ${why}`,
    )
  }
  refuseUnsuitable(dataset, modelFaults(data, model, dataset))
  return { job: jobId, dataset: dataset.id, checkpoint: checkpoint.id, step: checkpoint.step }
}

function refuseUnsuitable({ id }: Dataset, faults: readonly Fault[]): void {
  if (faults.length > 0)
    throw new UnrollError('DATASET_UNSUITABLE', `Cannot evaluate data set "${id}" as the model reads another kind`, {
      faults,
    })
}

function blamingTheField(error: unknown, value: string): unknown {
  if (!(error instanceof UnrollError) || error.code !== 'DATASET_NOT_FOUND') return error
  const detail = `Must be the id of an uploaded data set: current value is "${value}"`
  return new UnrollError('DATASET_NOT_FOUND', error.message, {
    faults: [{ pointer: '/dataset', detail, value }],
    cause: error,
  })
}
