import type { Attempt, Job, JobStatus } from '@unroll/spec'

/** A job as the script `read_job` answers it. */
export type JobReply = [fields: string[], attempts: string[], place: number | null]

type Stored = Map<string, string>

/** An attempt as scripts write it: what it does not have yet is missing. */
interface StoredAttempt {
  epoch: number
  worker: string
  started_at: number
  ended_at?: number
  from_step: number
  to_step?: number
  end_reason?: NonNullable<Attempt['end_reason']>
}

/** The job of a reply, or undefined when there is none. `hasWorker`: whether any worker is there to take it. */
export function toJob(id: string, [flat, attempts, place]: JobReply, hasWorker: boolean): Job | undefined {
  const stored = fieldsOf(flat)
  if (stored.size === 0) return undefined
  const spec = parsed(stored, 'spec') as Job['spec']
  const status = text(stored, 'status') as JobStatus
  const step = Number(text(stored, 'step'))
  return {
    id,
    object: 'job',
    name: spec.name ?? id,
    status,
    status_reason: (text(stored, 'reason') || null) as Job['status_reason'],
    created_at: timeOf(stored, 'created_at') ?? '',
    started_at: timeOf(stored, 'started_at'),
    finished_at: timeOf(stored, 'finished_at'),
    spec,
    estimate: parsed(stored, 'estimate') as Job['estimate'],
    progress: {
      step,
      max_steps: spec.training.max_steps,
      eta_seconds: etaSeconds(stored, spec.training.max_steps - step),
    },
    queue: { position: place, waiting_for: waitingFor(status, hasWorker) },
    attempts: attempts.map((json) => toAttempt(JSON.parse(json) as StoredAttempt, step)),
    result: parsed(stored, 'result') as Job['result'],
    error: parsed(stored, 'error') as Job['error'],
    metadata: spec.metadata,
    revision: Number(text(stored, 'revision')),
  }
}

function toAttempt(stored: StoredAttempt, step: number): Attempt {
  return {
    epoch: stored.epoch,
    worker: stored.worker,
    started_at: isoTime(stored.started_at),
    ended_at: stored.ended_at === undefined ? null : isoTime(stored.ended_at),
    from_step: stored.from_step,
    to_step: stored.to_step ?? step,
    end_reason: stored.end_reason ?? null,
  }
}

function etaSeconds(stored: Stored, stepsLeft: number): number | null {
  const stepMs = stored.get('step_ms')
  return stored.get('status') === 'running' && stepMs !== undefined ? (stepsLeft * Number(stepMs)) / 1000 : null
}

function waitingFor(status: JobStatus, hasWorker: boolean): string | null {
  if (status === 'paused') return 'to be resumed'
  if (status !== 'queued') return null
  return hasWorker ? 'a free slot of a worker' : 'a worker: none is online'
}

/** Pairs of a reply that alternates fields and values. */
function fieldsOf(flat: readonly string[]): Stored {
  const stored: Stored = new Map()
  for (let at = 0; at + 1 < flat.length; at += 2) stored.set(flat[at] ?? '', flat[at + 1] ?? '')
  return stored
}

function text(stored: Stored, name: string): string {
  return stored.get(name) ?? ''
}

/** The value of a field that holds JSON; null when the record does not have it. */
function parsed(stored: Stored, name: string): unknown {
  return JSON.parse(stored.get(name) ?? 'null')
}

function timeOf(stored: Stored, name: string): string | null {
  const ms = stored.get(name)
  return ms === undefined ? null : isoTime(Number(ms))
}

/** ISO 8601 in UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
