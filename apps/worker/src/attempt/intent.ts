import type { FindingIntent } from '@unroll/diagnosis'
import type { StopRequest } from '../supervise.ts'

/** Why a child was stopped before its run ended. */
export type Intent = 'cancel' | 'pause' | 'expire' | 'drain' | 'device_lost' | 'preempt' | FindingIntent | 'fenced'

/** Those that no client has asked for of this job. */
const WORKER_INTENTS: readonly Intent[] = ['drain', 'device_lost', 'preempt', 'finding', 'fork']

/** What the child is asked on each intent. Cancel promises one second in all; a drain and a deadline must end before the worker no longer can. */
export const STOP: Record<Exclude<Intent, 'fenced'>, StopRequest> = {
  cancel: { save: 'no', graceMs: 500 },
  pause: { save: 'if_possible', graceMs: 30_000 },
  expire: { save: 'if_possible', graceMs: 2_000 },
  drain: { save: 'if_possible', graceMs: 2_000 },
  preempt: { save: 'must', graceMs: Infinity }, // nothing forces it to stop: no work is lost for another job
  finding: { save: 'if_possible', graceMs: 30_000 }, // a retry may go on from there
  fork: { save: 'if_possible', graceMs: 30_000 },
  device_lost: { save: 'no', graceMs: 500 }, // what it trained lies on the GPU that is gone
}

/** Whether an intent changes nothing: the attempt has the same one or a final one, or would be preempted while it stops anyway. */
export function isSuperseded(newest: Intent, earlier: Intent | undefined): boolean {
  if (earlier === undefined) return false
  return earlier === 'fenced' || earlier === 'cancel' || earlier === newest || newest === 'preempt'
}

/** The intent that the attempt ends by: the newest of clients, before those of the worker; a preemption yields to any other. */
export function chooseIntent(newest: Intent, earlier: Intent | undefined): Intent {
  if (earlier === undefined || earlier === 'preempt') return newest
  return WORKER_INTENTS.includes(newest) ? earlier : newest
}
