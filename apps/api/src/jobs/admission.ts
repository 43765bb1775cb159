import {
  UnrollError,
  adaptiveFault,
  datasetFault,
  decodeDecoding,
  estimate,
  explainUnmeasured,
  foretellingFault,
  heldOutFault,
  isHeldOut,
  memoryFault,
  planSequences,
  sequenceFaults,
  sequencesProblem,
  seriesFaults,
  taskProblem,
  textOptionFaults,
  textProblem,
  usesDataset,
  type Dataset,
  type DatasetReference,
  type Decoding,
  type Estimate,
  type Fault,
  type JobSpec,
  type Problem,
} from '@unroll/contract'
import type { Store } from '@unroll/store'
import { describeDecoding, foretellTextDecoding } from '@unroll/tasks'

/** A specification that can run here. */
export interface Admitted {
  /** What the job costs. */
  estimate: Estimate
  problem: Problem
  /** What the network reads and answers; of a text as many symbols as its record names, of a task undefined. */
  decoding: Decoding | undefined
}

/** Finds a data set. @throws {UnrollError} DATASET_NOT_FOUND */
export type FindDataset = (id: string) => Promise<Dataset>

/** Finds a data set for whoever sees what belongs to an owner; undefined for whoever sees all. */
export function findVisibleDataset(store: Store, owner: string | undefined): FindDataset {
  return async (id) => {
    await store.owners.refuseForeign('dataset', id, owner)
    return await store.datasets.get(id)
  }
}

/**
 * Checks that a valid specification can run here: its data set exists, suits it and fits into memory.
 *
 * @throws {UnrollError} DATASET_NOT_FOUND, DATASET_UNSUITABLE
 */
export async function admit(spec: JobSpec, findDataset: FindDataset): Promise<Admitted> {
  const { data } = spec
  if (!usesDataset(data)) return cost(spec, { problem: taskProblem(data, spec.sequence_length), decoding: undefined })
  const dataset = await findDataset(data.dataset).catch((error: unknown) => {
    throw blamingTheField(error, data)
  })
  const { problem, decoding, faults } =
    dataset.kind === 'text' ? onText(spec, data, dataset) : onSequences(spec, data, dataset)
  if (problem === undefined || faults.length > 0)
    throw new UnrollError('DATASET_UNSUITABLE', `Cannot train on data set "${dataset.id}" as specified`, { faults })
  return cost(spec, { problem, decoding })
}

function cost(spec: JobSpec, { problem, decoding }: Omit<Admitted, 'estimate'>): Admitted {
  return { estimate: estimate(spec, problem), problem, decoding }
}

/** What a job poses on its data set, as far as that can be told, and all that is wrong with it. */
interface Posed {
  problem?: Problem
  decoding?: Decoding
  faults: readonly Fault[]
}

function onText(spec: JobSpec, data: DatasetReference, dataset: Extract<Dataset, { kind: 'text' }>): Posed {
  const problem = textProblem(dataset)
  const found = [
    foretellingFault(spec, 'text'),
    datasetFault(spec, dataset),
    heldOutFault(spec, dataset),
    memoryFault(spec, problem),
  ]
  const faults = found.filter((fault) => fault !== undefined)
  const decoding = foretellTextDecoding(dataset)
  return { problem, decoding, faults: [...textOptionFaults(data), ...seriesFaults(spec, 'text'), ...faults] }
}

function onSequences(spec: JobSpec, data: DatasetReference, dataset: Extract<Dataset, { kind: 'sequences' }>): Posed {
  const planned = planSequences(data, dataset)
  if ('faults' in planned) return planned
  const { plan } = planned
  const problem = sequencesProblem(plan)
  const isEvaluated = isHeldOut(plan, dataset)
  const found = [foretellingFault(spec, plan.problem), adaptiveFault(spec, isEvaluated), memoryFault(spec, problem)]
  const faults = [
    ...sequenceFaults(spec, data, dataset, plan, problem),
    ...seriesFaults(spec, plan.problem, isEvaluated),
    ...found.filter((fault) => fault !== undefined),
  ]
  const decoding = decodeDecoding(describeDecoding(plan, problem, NO_SCALES))
  return { problem, ...(decoding && { decoding }), faults }
}

/** The scales are those of the training part, which is read when training starts. */
const NO_SCALES = new Map()

/** What a series must be to be measured of a data set; undefined where it is, or the data set does not suit the job. */
export function explainUnmeasuredOn(data: DatasetReference, dataset: Dataset, series: string): string | undefined {
  if (dataset.kind === 'text') return explainUnmeasured('text', series)
  const planned = planSequences(data, dataset)
  if ('faults' in planned) return undefined
  return explainUnmeasured(planned.plan.problem, series, isHeldOut(planned.plan, dataset))
}

function blamingTheField(error: unknown, data: DatasetReference): unknown {
  if (!(error instanceof UnrollError) || error.code !== 'DATASET_NOT_FOUND') return error
  const fault: Fault = {
    pointer: '/data/dataset',
    detail: `Must be the id of an uploaded data set: current value is "${data.dataset}"`,
    value: data.dataset,
  }
  return new UnrollError('DATASET_NOT_FOUND', error.message, { faults: [fault], cause: error })
}
