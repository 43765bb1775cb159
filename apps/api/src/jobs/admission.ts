import {
  UnrollError,
  datasetFault,
  estimate,
  heldOutFault,
  memoryFault,
  taskProblem,
  textProblem,
  usesDataset,
  type Dataset,
  type Estimate,
  type Fault,
  type JobSpec,
} from '@unroll/contract'

/** Finds a data set. @throws {UnrollError} DATASET_NOT_FOUND */
export type FindDataset = (id: string) => Promise<Dataset>

/**
 * Whether a valid specification can be run here: its data set exists, suits it and fits into memory.
 *
 * @returns what the job will cost
 * @throws {UnrollError} DATASET_NOT_FOUND, DATASET_UNSUITABLE
 */
export async function admit(spec: JobSpec, findDataset: FindDataset): Promise<Estimate> {
  if (!usesDataset(spec.data)) return estimate(spec, taskProblem(spec.data, spec.sequence_length))
  const dataset = await findDataset(spec.data.dataset).catch((error: unknown) => {
    throw blamingTheField(error, spec.data)
  })
  if (dataset.kind !== 'text') throw notTrainable(dataset)
  const problem = textProblem(dataset)
  const faults = [datasetFault(spec, dataset), heldOutFault(spec, dataset), memoryFault(spec, problem)].filter(
    (fault) => fault !== undefined,
  )
  if (faults.length > 0)
    throw new UnrollError('DATASET_UNSUITABLE', `Cannot train on data set "${dataset.id}" as specified`, { faults })
  return estimate(spec, problem)
}

function notTrainable({ id, kind }: Dataset): UnrollError {
  const fault = { pointer: '/data/dataset', detail: `Must be a text: data set "${id}" has ${kind}`, value: id }
  return new UnrollError('DATASET_UNSUITABLE', `Cannot train on data set "${id}" as specified`, { faults: [fault] })
}

function blamingTheField(error: unknown, data: JobSpec['data']): unknown {
  if (!(error instanceof UnrollError) || error.code !== 'DATASET_NOT_FOUND' || !usesDataset(data)) return error
  const fault: Fault = {
    pointer: '/data/dataset',
    detail: `Must be the id of an uploaded data set: current value is "${data.dataset}"`,
    value: data.dataset,
  }
  return new UnrollError('DATASET_NOT_FOUND', error.message, { faults: [fault], cause: error })
}
