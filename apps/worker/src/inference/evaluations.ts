import { unless, type Evaluation, type EvaluationReport } from '@unroll/contract'
import { failed, type Answers } from './recorded.ts'

/** Evaluations of checkpoints on data sets, at the priority of training: they change nothing of a run but its speed. */
export const EVALUATIONS: Answers<Evaluation, EvaluationReport> = {
  records: (store) => store.evaluations,
  notFound: 'EVALUATION_NOT_FOUND',
  async prepare({ store, engine, artifacts, faults }, { job, checkpoint, dataset }) {
    const of = await unless('JOB_NOT_FOUND', store.jobs.get(job))
    if (of === undefined) return failed('job_deleted', `Job "${job}" was deleted`)
    const weights = await unless('CHECKPOINT_NOT_FOUND', store.checkpoints.get(job, checkpoint))
    if (weights === undefined)
      return failed('checkpoint_deleted', `Checkpoint "${checkpoint}" is gone: newer ones have replaced it`)
    const data = await unless('DATASET_NOT_FOUND', store.datasets.get(dataset))
    if (data === undefined) return failed('invalid_dataset', `Data set "${dataset}" was deleted`)
    return { type: 'evaluate', spec: of.spec, checkpoint: weights, dataset: data, engine, artifacts, faults }
  },
  read: (last) => {
    if (last.type !== 'evaluated') return undefined
    return last.report === null
      ? failed('invalid_dataset', 'The data set has no target that the model could be held against')
      : { answer: last.report }
  },
  complete: (evaluation, report) => ({ ...evaluation, report }),
}
