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

export type JobResult = NonNullable<Job['result']>
export type JobError = NonNullable<Job['error']>

/** A job handed to a worker, or why it is not to be run. */
export type Claim =
  | {
      epoch: number
      spec: JobSpec
      /** The step of the newest checkpoint, or 0. */
      fromStep: number
      /** Newest first. */
      checkpoints: Checkpoint[]
      /** Milliseconds from when the job was accepted, by the server's clock. */
      ageMs: number
      /** What the attempt is part of (W3C Trace Context), where the request that made the job was traced. */
      traceparent?: string
    }
  | { refused: 'not_found' | 'final' | 'paused' | 'restarts_exhausted' }

export interface MoveDetail {
  /** Why. When it is left out of a stop that was asked for, it is what the asker gave. */
  reason?: Reason
  error?: JobError
  /** Last values of the series. Non-finite numbers become their names. */
  result?: JobResult
  /** What computes the attempt, once that is known. */
  computedBy?: NonNullable<Attempt['computed_by']>
}

export interface Progress {
  /** The last step that is done. */
  step: number
  /** Milliseconds of a step, smoothed. */
  stepMs?: number
  /** What trains, once that is known: from then on what is trained counts as use of it, and steps as its pace. */
  engine?: { engine: string; device: string }
}

/** What the holder of a job is asked to do. */
export type Wanted = 'none' | 'cancel' | 'pause' | 'expire' | 'preempt'

/** Jobs as workers hold them. Every call but the claim carries the claim's epoch, and is `fenced` once it no longer holds the job. */
export interface Claims {
  /**
   * Takes a job that the queue delivered. If an attempt still holds it, that one's worker was lost: its attempt is closed,
   * and metrics beyond the step to go on from are void.
   */
  claim(id: string, workerId: string): Promise<Claim>
  /**
   * Moves the job along `MOVES`; a repeated move is answered as the first. An end, `paused` and `interrupted` end the
   * attempt: send what is left of the metrics first. From `interrupted` the job goes on by itself, to the queue or to the
   * stop that was asked for.
   */
  move(id: string, epoch: number, to: JobStatus, detail?: MoveDetail): Promise<'moved' | 'fenced' | 'illegal'>
  /**
   * Tells how far the attempt is, and learns what is wanted.
   *
   * @param options.isKept the job could not be saved to be preempted, and trains on. @default false
   */
  heartbeat(
    id: string,
    epoch: number,
    progress: Progress,
    options?: { isKept?: boolean },
  ): Promise<{ fenced: boolean; control: Wanted }>
}

export function claims(context: Context): Claims {
  const { db, keys, clock } = context
  return {
    async claim(id, workerId) {
      const reply = await db.script<ClaimReply>(
        'claim',
        [...keys.job(id), keys.checkpoints(id)],
        [id, clock(), workerId],
      )
      if (reply[0] === 'claimed') {
        const [, epoch, spec, fromStep, stored, ageMs, traceparent] = reply
        return {
          epoch,
          spec: JSON.parse(spec) as JobSpec,
          fromStep,
          checkpoints: parseCheckpoints(stored),
          ageMs,
          ...(traceparent !== '' && { traceparent }),
        }
      }
      if (reply[0] === 'not_found') return { refused: 'not_found' }
      if (reply[2] === 'restarts_exhausted') return { refused: 'restarts_exhausted' }
      return { refused: isFinal(reply[1]) ? 'final' : 'paused' }
    },
    async move(id, epoch, to, { reason, error, result, computedBy } = {}) {
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
    async heartbeat(id, epoch, { step, stepMs, engine }, { isKept = false } = {}) {
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
    ]
  | ['refused', status: JobStatus, reason: string]
  | ['not_found']

function nameNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? toJsonNumber(value) : value
}

/** How long the pace of a shape is remembered behind the last job of it. */
const PACE_KEPT_MS = 30 * 24 * 60 * 60 * 1_000

type HeartbeatReply = [status: JobStatus, reason: Reason | '', yieldsTo: string]

/** By the reason of the stop that was asked for. */
const WANTED: Partial<Record<Reason, Wanted>> = {
  user_cancelled: 'cancel',
  user_paused: 'pause',
  deadline_exceeded: 'expire',
}
