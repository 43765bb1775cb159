import { FINDINGS, type JobError, type JobStatus, type Reason, type RecordedFinding } from '@unroll/contract'
import type { MoveDetail } from '@unroll/store'
import { summarySeries } from './summary_series.ts'
import type { FromChild } from '../protocol.ts'
import type { ChildExit } from '../supervise.ts'
import type { Intent } from './intent.ts'

/** `return`: the queue must deliver the job again. */
export type Verdict = 'done' | 'return'

/** The last message of a child. A killed or crashed child has none. */
export type LastWord = Extract<FromChild, { type: 'ended' | 'failed' | 'corrupt' }>

export interface Conclusion {
  to: JobStatus
  reason?: Reason
  verdict: Verdict
}

const STOPPED: Record<Exclude<Intent, 'fenced'>, Conclusion> = {
  cancel: { to: 'cancelled', reason: 'user_cancelled', verdict: 'done' },
  pause: { to: 'paused', reason: 'user_paused', verdict: 'done' },
  expire: { to: 'failed', reason: 'deadline_exceeded', verdict: 'done' },
  drain: { to: 'interrupted', reason: 'worker_draining', verdict: 'return' },
  device_lost: { to: 'interrupted', reason: 'device_lost', verdict: 'return' },
  preempt: { to: 'interrupted', reason: 'preempted', verdict: 'return' },
  finding: { to: 'failed', reason: 'stopped_by_finding', verdict: 'done' },
  fork: { to: 'failed', reason: 'forked_by_finding', verdict: 'done' },
}

/** The next attempt resumes from the checkpoint before. */
const CORRUPT: Conclusion = { to: 'interrupted', reason: 'checkpoint_corrupt', verdict: 'return' }

const CHILD_LOST: Conclusion = { to: 'interrupted', reason: 'engine_error', verdict: 'return' }

const CHILD_FROZEN: Conclusion = { to: 'interrupted', reason: 'child_frozen', verdict: 'return' }

/** The end of an attempt whose child has exited. */
export function concludeAttempt(
  word: LastWord | undefined,
  intent: Intent | undefined,
  { frozen }: Pick<ChildExit, 'frozen'>,
): Conclusion {
  if (word?.type === 'corrupt') return CORRUPT
  if (word?.type === 'failed' && word.passing) return { to: 'interrupted', reason: word.reason, verdict: 'return' }
  if (word?.type === 'failed') return { to: 'failed', reason: word.reason, verdict: 'done' }
  if (word?.type === 'ended' && word.outcome.type === 'succeeded') {
    const { reason } = word.outcome
    return { to: 'succeeded', verdict: 'done', ...(reason && { reason }) }
  }
  if (word?.type === 'ended' && word.outcome.type === 'failed' && intent === 'fork') return STOPPED.fork // it broke off by what was found
  if (word?.type === 'ended' && word.outcome.type === 'failed')
    return { to: 'failed', reason: word.outcome.reason, verdict: 'done' }
  const isLost = word === undefined && intent === 'preempt' // a child that is to be preempted is not killed
  if (intent !== undefined && intent !== 'fenced' && !isLost) return STOPPED[intent]
  return frozen ? CHILD_FROZEN : CHILD_LOST
}

/**
 * Error or result of an attempt that ends.
 *
 * @param word the child's last message
 * @param stop the finding that the attempt ends by, if any
 */
export function describeEnd(word: LastWord | undefined, stop?: RecordedFinding): MoveDetail {
  if (stop !== undefined) return { error: tellFinding(stop) }
  if (word?.type === 'failed') return { error: { code: word.reason, message: word.message, pointer: word.pointer } }
  if (word?.type !== 'ended') return {}
  const { outcome } = word
  if (outcome.type === 'succeeded') return { result: summarySeries(outcome.result) }
  if (outcome.type === 'failed')
    return { error: { code: outcome.reason, message: outcome.message, pointer: outcome.pointer } }
  return {}
}

/** The code of the error is that of the finding. */
function tellFinding({ code, first_step: step, advice }: RecordedFinding): JobError {
  const remedy = advice === null ? '' : `. ${advice}`
  return { code, message: `${FINDINGS[code].title}: found at step ${step}${remedy}`, pointer: '/on_finding' }
}
