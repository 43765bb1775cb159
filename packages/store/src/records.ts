import { acceleratorsFor, type Accelerator, type AcceleratorClass, type Attempt, type Job } from '@unroll/spec'

/** A job as the script `read_job` answers it. `ahead` alternates classes of accelerators and jobs; none unless it is queued. */
export type JobReply = [fields: string[], attempts: string[], ahead: (AcceleratorClass | number)[]]

/** What a job was made of. */
export type Origin = Pick<Job, 'retry_of' | 'forked_from'>

const NO_ORIGIN: Origin = { retry_of: null, forked_from: null }

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

/** The job of a reply, or undefined when there is none. `online`: what workers that are there to take jobs compute on. */
export function toJob(
  id: string,
  [flat, attempts, ahead]: JobReply,
  online: ReadonlySet<Accelerator>,
): Job | undefined {
  const stored: Stored = new Map(pairsOf(flat))
  if (stored.size === 0) return undefined
  const spec = parsed(stored, 'spec') as Job['spec']
  const status = text(stored, 'status') as Job['status']
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
    queue: queueOf(status, spec.resources.accelerator, new Map(pairsOf(ahead)), online),
    attempts: attempts.map((json) => toAttempt(JSON.parse(json) as StoredAttempt, step)),
    refused_writes: Number(text(stored, 'refused_writes')),
    ...((parsed(stored, 'origin') as Origin | null) ?? NO_ORIGIN),
    sweep: text(stored, 'sweep') || null,
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

/** Where a job stands in line, and what it waits for there. */
function queueOf(
  status: Job['status'],
  wanted: AcceleratorClass,
  ahead: ReadonlyMap<unknown, unknown>,
  online: ReadonlySet<Accelerator>,
): Job['queue'] {
  if (status === 'paused') return { position: null, waiting_for: 'to be resumed' }
  if (status !== 'queued') return { position: null, waiting_for: null }
  const accepted = acceleratorsFor(wanted)
  const reachable = accepted.filter((accelerator) => online.has(accelerator))
  const rivals = ['any', ...(reachable.length > 0 ? reachable : accepted)]
  const position = rivals.reduce((sum, rival) => sum + Number(ahead.get(rival)), 0)
  const worker = wanted === 'any' ? 'a worker' : `a ${wanted.toUpperCase()} worker`
  return { position, waiting_for: reachable.length > 0 ? `a free slot of ${worker}` : `${worker}: none is online` }
}

/** Pairs of a reply that alternates names and values. */
function pairsOf<Item>(flat: readonly Item[]): [Item, Item][] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] as Item]] : []))
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
