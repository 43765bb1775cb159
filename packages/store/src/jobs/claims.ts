import {
  isFinal,
  namePlatform,
  toJsonNumber,
  type Attempt,
  type Checkpoint,
  type Job,
  type JobSpec,
  type JobStatus,
  type Reason,
} from '@unroll/contract'
import { parseCheckpoints } from '../checkpoints/checkpoints.ts'
import type { Context } from '../redis/context.ts'
import { parseFork, type ForkedRun } from './forks.ts'

export type JobResult = NonNullable<Job['result']>
export type JobError = NonNullable<Job['error']>

/** A claimed job. */
export interface Claimed {
  epoch: number
  spec: JobSpec
  /** The step of the newest checkpoint; without one that of the fork, or 0. */
  fromStep: number
  /** The run that it is a fork of. */
  fork?: ForkedRun
  /** Newest first. */
  checkpoints: Checkpoint[]
  /** Milliseconds since the acceptance of the job, by the server's clock. */
  ageMs: number
  /** The trace of the attempt (W3C Trace Context), if the request that created the job was traced. */
  traceparent?: string
}

/** A claimed job, or the reason why it must not run. */
export type Claim = Claimed | { refused: 'not_found' | 'final' | 'paused' | 'restarts_exhausted' }

export interface MoveDetail {
  /** The reason. For a requested stop its default is that of the request. */
  reason?: Reason
  error?: JobError
  /** Last values of the series. Non-finite numbers become their names. */
  result?: JobResult
  /** The engine of the attempt, once it is known. */
  computedBy?: NonNullable<Attempt['computed_by']>
}

export interface Progress {
  /** The last completed step. */
  step: number
  /** Milliseconds of a step, smoothed. */
  stepMs?: number
  /**
   * The engine that trains, once it is known: from then on training counts as its usage, and steps as its step time.
   */
  engine?: { engine: string; device: string }
}

/** The request to the holder of a job. */
export type Wanted = 'none' | 'cancel' | 'pause' | 'expire' | 'preempt'

/**
 * Jobs from the view of workers. Every call except the claim carries the claim's epoch, and is `fenced` once that
 * attempt no longer holds the job.
 */
export function claims(context: Context) {
  const { db, keys, clock } = context
  return {
    /**
     * Claims a delivered job. If an attempt still holds it, the worker of that attempt was lost: the attempt is closed,
     * and metrics beyond the step of its checkpoint are void.
     */
    async claim(id: string, workerId: string): Promise<Claim> {
      const reply = await db.script<ClaimReply>(
        'claim',
        [...keys.job(id), keys.checkpoints(id)],
        [id, clock(), workerId],
      )
      if (reply[0] === 'claimed') {
        const [, epoch, spec, fromStep, stored, ageMs, traceparent, fork] = reply
        const forked = parseFork(fork)
        return {
          epoch,
          spec: JSON.parse(spec) as JobSpec,
          fromStep,
          checkpoints: parseCheckpoints(stored),
          ageMs,
          ...(traceparent !== '' && { traceparent }),
          ...(forked && { fork: forked }),
        }
      }
      if (reply[0] === 'not_found') return { refused: 'not_found' }
      if (reply[2] === 'restarts_exhausted') return { refused: 'restarts_exhausted' }
      return { refused: isFinal(reply[1]) ? 'final' : 'paused' }
    },
    /**
     * Makes a transition of `MOVES`; a repeated transition returns the same. A final state, `paused` and `interrupted`
     * end the attempt: send the remaining metrics first. From `interrupted` the job continues by itself, to the queue or
     * to the requested stop.
     */
    async move(
      id: string,
      epoch: number,
      to: JobStatus,
      { reason, error, result, computedBy }: MoveDetail = {},
    ): Promise<'moved' | 'fenced' | 'illegal'> {
      return await db.script('move', keys.job(id), [
        id,
        clock(),
        epoch,
        to,
        reason ?? '',
        error === undefined ? '' : JSON.stringify(error),
        result === undefined ? '' : JSON.stringify(result, nameNonFinite),
        computedBy === undefined ? '' : JSON.stringify(computedBy),
      ])
    },
    /**
     * Reports the progress of the attempt, and returns the current request.
     *
     * @param options.isKept the job could not be saved to be preempted, and continues to train.
     * @default false
     */
    async heartbeat(
      id: string,
      epoch: number,
      { step, stepMs, engine }: Progress,
      { isKept = false }: { isKept?: boolean } = {},
    ): Promise<{ fenced: boolean; control: Wanted }> {
      const pace = [stepMs ?? '', engine === undefined ? '' : namePlatform(engine), keys.pace(''), PACE_KEPT_MS]
      const args = [id, clock(), epoch, step, ...pace, isKept ? 1 : '', engine?.engine ?? '', engine?.device ?? '']
      const reply = await db.script<HeartbeatReply | 'fenced'>('heartbeat', [...keys.job(id), keys.usage], args)
      if (reply === 'fenced') return { fenced: true, control: 'none' }
      const [status, reason, yieldsTo] = reply
      const isAsked = status === 'cancelling' || status === 'pausing'
      if (isAsked) return { fenced: false, control: reason === '' ? 'none' : (WANTED[reason] ?? 'none') }
      return { fenced: false, control: yieldsTo === '' ? 'none' : 'preempt' }
    },
  }
}

type ClaimReply =
  | [
      'claimed',
      epoch: number,
      spec: string,
      fromStep: number,
      checkpoints: string[],
      ageMs: number,
      traceparent: string,
      fork: string,
    ]
  | ['refused', status: JobStatus, reason: string]
  | ['not_found']

function nameNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? toJsonNumber(value) : value
}

/** Time for which the step time of a shape is stored after its last job. */
const PACE_KEPT_MS = 30 * 24 * 60 * 60 * 1_000

type HeartbeatReply = [status: JobStatus, reason: Reason | '', yieldsTo: string]

/** By the reason of the requested stop. */
const WANTED: Partial<Record<Reason, Wanted>> = {
  user_cancelled: 'cancel',
  user_paused: 'pause',
  deadline_exceeded: 'expire',
}
