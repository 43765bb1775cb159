// Evaluations on request. Each runs in a child of its own at the priority of training, so that it changes nothing of a run
// but its speed:
//
//   queued ──▶ running ──evaluated──▶ succeeded
//                 ├──failed | corrupt──▶ failed
//                 └──the child or its worker is lost, the worker closes ──▶ delivered again, a few times

import type { ArtifactsLocation } from '@unroll/artifacts'
import { UnrollError, type Checkpoint, type Dataset, type Evaluation, type JobSpec } from '@unroll/contract'
import type { Answering, RequestData, Store } from '@unroll/store'
import type { Logger } from 'pino'
import { retryWrite } from '../attempt/writes.ts'
import { VISIBLE, jobVariables } from '../children/job_variables.ts'
import type { WarmChildren } from '../children/warm_children.ts'
import type { EngineChoice, FromChild } from '../protocol.ts'

/** Deliveries after which an evaluation that never ends fails. */
const MOST_DELIVERIES = 5

export interface EvaluationContext {
  store: Store
  log: Logger
  engine: EngineChoice
  /** Whether this machine trains on GPUs, which a child must then not see. */
  hasGpus: boolean
  children: Pick<WarmChildren, 'take' | 'refill'>
  artifacts: ArtifactsLocation
  /** Faults that children arm, in tests. */
  faults: string | undefined
}

/** Answers evaluations, one at a time, until it is closed. */
export function answerEvaluations(context: EvaluationContext): Answering {
  return context.store.evaluations.answer((request, signal, delivery) =>
    answer(context, request, { signal, isLast: delivery >= MOST_DELIVERIES }),
  )
}

/** What is evaluated on what. */
interface Wanted {
  spec: JobSpec
  checkpoint: Checkpoint
  dataset: Dataset
}

type Ended = Pick<Evaluation, 'report' | 'error'>

async function answer(
  context: EvaluationContext,
  { job, id }: RequestData,
  { signal, isLast }: { signal: AbortSignal; isLast: boolean },
): Promise<'done' | 'return'> {
  const { store } = context
  const log = context.log.child({ jobId: job, evaluation: id })
  const found = await findOr('EVALUATION_NOT_FOUND', store.evaluations.get(job, id))
  if (found === undefined || found.finished_at !== null) return 'done'
  const running: Evaluation = { ...found, status: 'running' }
  if (!(await store.evaluations.update(running))) return 'done'
  const wanted = await findWanted(store, found)
  const ended = 'error' in wanted ? wanted : await evaluateApart(context, wanted, { signal, isLast })
  if (ended === undefined) {
    log.warn({ isClosing: signal.aborted }, 'evaluation given back')
    return 'return'
  }
  const status = ended.error === null ? 'succeeded' : 'failed'
  const record = { ...running, ...ended, status, finished_at: new Date().toISOString() } as const
  await retryWrite(() => store.evaluations.update(record))
  log.info({ status, error: ended.error }, 'evaluation ended')
  return 'done'
}

/** What must be there, or the end of an evaluation that cannot be made as it is gone. */
async function findWanted(store: Store, { job, checkpoint, dataset }: Evaluation): Promise<Wanted | Ended> {
  const of = await findOr('JOB_NOT_FOUND', store.jobs.get(job))
  if (of === undefined) return failed('job_deleted', `Job "${job}" was deleted`)
  const weights = await findOr('CHECKPOINT_NOT_FOUND', store.checkpoints.get(job, checkpoint))
  if (weights === undefined)
    return failed('checkpoint_deleted', `Checkpoint "${checkpoint}" is gone: newer ones have replaced it`)
  const data = await findOr('DATASET_NOT_FOUND', store.datasets.get(dataset))
  if (data === undefined) return failed('invalid_dataset', `Data set "${dataset}" was deleted`)
  return { spec: of.spec, checkpoint: weights, dataset: data }
}

/** How an evaluation ends in a child; undefined where it must be tried again. */
async function evaluateApart(
  { children, engine, artifacts, faults, hasGpus }: EvaluationContext,
  wanted: Wanted,
  { signal, isLast }: { signal: AbortSignal; isLast: boolean },
): Promise<Ended | undefined> {
  let last: FromChild | undefined
  const variables = { ...jobVariables([], {}), ...(hasGpus && { [VISIBLE]: '' }) }
  const child = children.take(variables, (message) => (last = message))
  const kill = () => child.kill()
  signal.addEventListener('abort', kill, { once: true })
  if (signal.aborted) kill()
  child.send({ type: 'evaluate', ...wanted, engine, artifacts, faults })
  await child.exited
  signal.removeEventListener('abort', kill)
  children.refill()
  return concludeEvaluation(last, { isClosing: signal.aborted, isLast })
}

/** The end of an evaluation by the last word of its child; undefined where it must be tried again. */
export function concludeEvaluation(
  last: FromChild | undefined,
  { isClosing, isLast }: { isClosing: boolean; isLast: boolean },
): Ended | undefined {
  if (last?.type === 'evaluated')
    return last.report === null
      ? failed('invalid_dataset', 'The data set has no target that the model could be held against')
      : { report: last.report, error: null }
  if (last?.type === 'corrupt') return failed('checkpoint_damaged', last.why)
  if (last?.type === 'failed' && (isLast || !last.passing)) return failed(last.reason, last.message)
  if (isClosing || last?.type === 'failed' || !isLast) return undefined
  return failed('worker_lost', `The process that evaluates has ended ${MOST_DELIVERIES} times without a word`)
}

function failed(code: string, message: string): Ended {
  return { report: null, error: { code, message } }
}

/** What is found; undefined where there is none. */
async function findOr<Found>(code: UnrollError['code'], finding: Promise<Found>): Promise<Found | undefined> {
  return await finding.catch((error: unknown) => {
    if (error instanceof UnrollError && error.code === code) return undefined
    throw error
  })
}
