import {
  acceleratorsFor,
  classesFor,
  hasLabels,
  labelsText,
  type Attempt,
  type Job,
  type JobSpec,
  type Worker,
} from '@unroll/contract'
import type { Fleet } from '../queue/fleet_view.ts'
import type { Forecast } from '../queue/forecast.ts'
import { askedIn } from '../queue/lines.ts'
import { bytesOn, hasRoom, computeNeeds, computeRoom, type Needs } from '../queue/needs.ts'
import { readOutcome } from './outcome.ts'
import { isoTime } from '../redis/iso_time.ts'
import type { Paused } from '../queue/pausing.ts'

/** Names of lines and the numbers of their jobs before a job, alternating. */
export type Ahead = (string | number)[]

/** A job in the reply of the script `read_job`. `ahead` is empty unless it is queued. */
export type JobReply = [fields: string[], attempts: string[], ahead: Ahead]

/** The origin of a job. */
export type Origin = Pick<Job, 'retry_of' | 'forked_from'>

const NO_ORIGIN: Origin = { retry_of: null, forked_from: null }

type Stored = Map<string, string>

/** An attempt as scripts write it, without the fields that it does not have yet. */
interface StoredAttempt {
  epoch: number
  worker: string
  started_at: number
  ended_at?: number
  from_step: number
  to_step?: number
  end_reason?: NonNullable<Attempt['end_reason']>
  /** JSON. */
  computed_by?: string
}

/** The relevant fields of a worker that takes jobs. */
export type Taker = Pick<Worker, 'accelerator' | 'labels' | 'memory_bytes' | 'gpus' | 'slots'>

/** The data of a waiting job beside its record. */
interface Surroundings {
  fleet: Fleet
  /** Its forecast; undefined if no read job is in line. */
  forecast: ((id: string, needs: Needs) => Forecast) | undefined
}

/** The job of a reply; undefined if there is none. */
export function toJob(
  id: string,
  [flat, attempts, ahead]: JobReply,
  { fleet, forecast }: Surroundings,
): Job | undefined {
  const stored: Stored = new Map(toPairs(flat))
  if (stored.size === 0) return undefined
  const spec = toSpec(parsed(stored, 'spec') as Job['spec'])
  const estimate = parsed(stored, 'estimate') as Job['estimate']
  const needs = computeNeeds(spec, estimate)
  const status = text(stored, 'status') as Job['status']
  const step = Number(text(stored, 'step'))
  return {
    id,
    object: 'job',
    name: spec.name ?? id,
    status,
    status_reason: (text(stored, 'reason') || null) as Job['status_reason'],
    created_at: readTime(stored, 'created_at') ?? '',
    started_at: readTime(stored, 'started_at'),
    finished_at: readTime(stored, 'finished_at'),
    spec,
    estimate,
    progress: {
      step,
      max_steps: spec.training.max_steps,
      eta_seconds: etaSeconds(stored, spec.training.max_steps - step),
    },
    queue: {
      ...describePlace(status, needs, ahead, fleet),
      ...describeForecast(status === 'queued' ? forecast?.(id, needs) : undefined),
    },
    attempts: attempts.map((json) => toAttempt(JSON.parse(json) as StoredAttempt, step)),
    refused_writes: Number(text(stored, 'refused_writes')),
    ...readOrigin(stored),
    initialisation: parsed(stored, 'initialisation') as Job['initialisation'],
    sweep: text(stored, 'sweep') || null,
    result: parsed(stored, 'result') as Job['result'],
    outcome: readOutcome(stored),
    error: parsed(stored, 'error') as Job['error'],
    metadata: spec.metadata,
    kept: text(stored, 'kept') === '1',
    revision: Number(text(stored, 'revision')),
  }
}

/** Records of before do not name the job of a copied checkpoint, which is that which they repeat. */
function readOrigin(stored: Stored): Origin {
  const { retry_of: job, forked_from: forked } = (parsed(stored, 'origin') as Origin | null) ?? NO_ORIGIN
  return { retry_of: job, forked_from: forked && { ...(job !== null && { job }), ...forked } }
}

/** What specifications of before do not say: their jobs ask for no labels, are not preempted, notify nobody, and go by the loss. */
const UNSAID = {
  resources: { labels: {} },
  job: { max_preemptions: 0, notify: [] },
  checkpoint: { best_by: 'evaluation_loss' },
  early_stopping: { series: 'evaluation_loss' },
} as const

function toSpec(stored: JobSpec): JobSpec {
  const { early_stopping: stopping } = stored.training
  return {
    ...UNSAID.job,
    ...stored,
    resources: { ...UNSAID.resources, ...stored.resources },
    checkpoint: { ...UNSAID.checkpoint, ...stored.checkpoint },
    training: {
      ...stored.training,
      early_stopping: stopping === null ? null : { ...UNSAID.early_stopping, ...stopping },
    },
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
    computed_by: JSON.parse(stored.computed_by ?? 'null') as Attempt['computed_by'],
  }
}

function etaSeconds(stored: Stored, stepsLeft: number): number | null {
  const stepMs = stored.get('step_ms')
  return stored.get('status') === 'running' && stepMs !== undefined ? (stepsLeft * Number(stepMs)) / 1000 : null
}

/** The forecast of a job, and the slot that it waits for while another job is saved for it. */
export function describeForecast(
  forecast: Forecast | undefined,
): Pick<Job['queue'], 'eta_seconds' | 'eta_unknown'> & Partial<Pick<Job['queue'], 'waiting_for'>> {
  if (forecast === undefined) return { eta_seconds: null, eta_unknown: null }
  const { seconds, unknown, slotOf } = forecast
  const eta = { eta_seconds: seconds, eta_unknown: unknown }
  return slotOf === undefined
    ? eta
    : { ...eta, waiting_for: `the slot of job "${slotOf}", which is being saved for it` }
}

/** The position and the waiting reason of a job in line. */
export function describePlace(
  status: Job['status'],
  needs: Needs,
  ahead: Ahead,
  fleet: Fleet,
): Pick<Job['queue'], 'position' | 'waiting_for'> {
  if (status === 'paused') return { position: null, waiting_for: 'to be resumed' }
  if (status !== 'queued') return { position: null, waiting_for: null }
  const accepted = acceleratorsFor(needs.wanted)
  const labelled = fleet.online.filter(({ labels }) => hasLabels(labels, needs.labels))
  const reachable = labelled.filter(({ accelerator }) => accepted.includes(accelerator))
  const takers = reachable.length > 0 ? reachable : accepted.map((accelerator) => ({ ...needs, accelerator }))
  return {
    position: computePosition(needs, toPairs(ahead), { takers, paused: fleet.paused }),
    waiting_for: fleet.paused.has(needs.wanted)
      ? `the queue "${needs.wanted}" to be resumed`
      : missingFor(needs, { labelled, reachable }),
  }
}

/** The number of jobs that one of `takers` may take before a job, without those of another paused queue. */
function computePosition(
  { wanted }: Needs,
  ahead: readonly [line: string | number, jobs: string | number][],
  { takers, paused }: { takers: readonly Pick<Taker, 'accelerator' | 'labels'>[]; paused: Paused },
): number {
  const rivals = ahead.filter(([line]) => {
    const rival = askedIn(String(line))
    if (rival.wanted !== wanted && paused.has(rival.wanted)) return false
    return takers.some(
      ({ accelerator, labels }) => classesFor(accelerator).includes(rival.wanted) && hasLabels(labels, rival.labels),
    )
  })
  return rivals.reduce((sum, [, jobs]) => sum + Number(jobs), 0)
}

/**
 * The missing resource of a job. `labelled`: online workers with its labels; `reachable`: those of them with its
 * accelerator.
 */
function missingFor(needs: Needs, { labelled, reachable }: Record<'labelled' | 'reachable', readonly Taker[]>): string {
  const { wanted, labels, gpus = 1 } = needs
  const bytes = bytesOn(needs, wanted === 'gpu' ? 'gpu' : 'cpu')
  const marks = labelsText(labels) === '' ? '' : ` labelled ${labelsText(labels)}`
  const largest = wanted === 'gpu' ? largestGpu(labelled) : undefined
  if (largest !== undefined && largest < bytes)
    return `a GPU with ${bytes} bytes of memory${marks && ` on a worker${marks}`}: the largest online has ${largest}`
  const several = gpus === 1 ? '' : ` with ${gpus} GPUs`
  const worker = `a ${wanted === 'any' ? '' : `${wanted.toUpperCase()} `}worker${marks}${several}`
  if (reachable.length === 0) return `${worker}: none is online`
  const rooms = reachable.map(computeRoom)
  const most = Math.max(...rooms.map((room) => room.bytes.length))
  if (most < gpus) return `${worker}: the one online with the most has ${most}`
  if (!rooms.some((room) => hasRoom(needs, room)))
    return `${worker} ${gpus === 1 ? 'with' : 'of'} ${bytes} bytes of memory${gpus === 1 ? '' : ' each'}: none is online`
  return `a free slot of ${worker}`
}

/** Memory of the largest GPU in bytes; undefined without a GPU, or with one that has no memory of its own. */
function largestGpu(online: readonly Taker[]): number | undefined {
  const sizes = online.flatMap(({ gpus }) => gpus.filter(({ fault }) => fault === null)).map((gpu) => gpu.memory_bytes)
  return sizes.length === 0 || sizes.includes(null) ? undefined : Math.max(...(sizes as number[]))
}

/** Pairs of a reply that alternates names and values. */
function toPairs<Item>(flat: readonly Item[]): [Item, Item][] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] as Item]] : []))
}

function text(stored: Stored, name: string): string {
  return stored.get(name) ?? ''
}

/** The value of a JSON field; null if the record does not have it. */
function parsed(stored: Stored, name: string): unknown {
  return JSON.parse(stored.get(name) ?? 'null')
}

function readTime(stored: Stored, name: string): string | null {
  const ms = stored.get(name)
  return ms === undefined ? null : isoTime(Number(ms))
}
