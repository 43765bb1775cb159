import { unless, usesDataset, type MetricRow, type Replay, type ReplayResult } from '@unroll/contract'
import type { Keeping } from './asked_children.ts'
import { failed, type Answers } from './recorded.ts'
import { verifyRows } from './verification.ts'

/** Of a process that goes after every other. */
const LAST_OF_ALL = 19
/** The child of replays stays: the next spike that is looked at is most often one of the same run. */
export const REPLAYING: Keeping = {
  words: { does: 'computes past steps again', did: 'computed past steps again' },
  niceness: LAST_OF_ALL,
  isAnswer: ({ type }) => type === 'replayed',
}
/** Rows that are held against those of the run: the newest, where there are more. */
const MOST_ROWS = 10_000

const NOTHING: ReplayResult['verified'] = { rows: 0, equal: 0, first_difference: null }

/** Past steps of runs, which are computed again at the lowest priority. */
export const REPLAYS: Answers<Replay, ReplayResult> = {
  records: (store) => store.replays,
  notFound: 'REPLAY_NOT_FOUND',
  async prepare({ store, engine, artifacts, faults }, { job, checkpoint: from, step, observe }) {
    const of = await unless('JOB_NOT_FOUND', store.jobs.get(job))
    if (of === undefined) return failed('job_deleted', `Job "${job}" was deleted`)
    const { spec } = of
    const checkpoint = from && (await unless('CHECKPOINT_NOT_FOUND', store.checkpoints.get(job, from.id)))
    if (checkpoint === undefined)
      return failed('checkpoint_deleted', `Checkpoint "${from?.id}" is gone: newer ones have replaced it`)
    const dataset = usesDataset(spec.data)
      ? await unless('DATASET_NOT_FOUND', store.datasets.get(spec.data.dataset))
      : undefined
    if (usesDataset(spec.data) && dataset === undefined)
      return failed('invalid_dataset', `Data set "${spec.data.dataset}" was deleted`)
    const fork = checkpoint === null ? await store.jobs.findFork(job) : undefined
    return { type: 'replay', job, spec, dataset, checkpoint, fork, step, observe, engine, artifacts, faults }
  },
  listen({ job }) {
    let rows: MetricRow[] = []
    return {
      hear(message) {
        if (message.type === 'rows') rows = [...rows, ...message.rows].slice(-MOST_ROWS)
      },
      complete: async (store, result) => ({ ...result, verified: await verifyRows(store, job, rows) }),
    }
  },
  read: (last) =>
    last.type === 'replayed' ? { answer: { ...last.replayed, engine: last.engine, verified: NOTHING } } : undefined,
  complete: (replay, result) => ({ ...replay, result }),
}
