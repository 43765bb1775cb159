import type { Fault } from '../../schema/fault.ts'
import { below, isWithin } from '../../schema/pointer.ts'
import { shown } from '../../schema/shown.ts'
import type { ClippingPolicy } from '../sections/clipping.ts'
import type { JobSpec } from '../job_spec.ts'
import { parseJobSpec } from '../parse.ts'
import type { Problem } from '../problem.ts'
import { usesDataset } from '../sections/data.ts'

/**
 * Fields that may change when a run resumes from a checkpoint: they affect neither the saved state (weights, moments,
 * carried state) nor the data of a step.
 */
const FREE: readonly string[] = [
  '/name',
  '/metadata',
  '/notify',
  '/on_finding',
  '/act_on',
  '/priority',
  '/deadline_seconds',
  '/max_restarts',
  '/max_preemptions',
  '/init_from',
  '/resources',
  '/checkpoint',
  '/observe',
  '/training/gradient_accumulation',
  '/training/max_steps',
  '/training/evaluate_every',
  '/training/evaluation_batches',
  '/training/evaluation_lengths',
  '/training/early_stopping',
  '/training/target',
  '/optimizer/learning_rate',
  '/optimizer/schedule',
  '/clipping/nonfinite',
]

/** Policies with a memory of earlier norms: their saved memory only fits the same policy. */
const REMEMBERING: readonly ClippingPolicy[] = ['percentile', 'zscore']

/**
 * Fields that may change besides where a run forks: they leave shapes and data as they are. What is remembered of another
 * optimizer or clipping policy is left behind.
 */
const FORKED: readonly string[] = [
  '/clipping',
  '/optimizer',
  '/bptt/recompute',
  '/model/dropout',
  '/model/recurrent_dropout',
  '/model/zoneout',
]

/** Faults of a specification that continues from a checkpoint, at `step`, of a run with another specification. */
export function carryFaults(before: JobSpec, after: JobSpec, step: number): Fault[] {
  const isForgetful = [before, after].every(({ clipping }) => !REMEMBERING.includes(clipping.policy))
  const free = isForgetful ? [...FREE, '/clipping'] : FREE
  return [
    ...fixedFaults(before, after, free, 'the checkpoint was made with it'),
    ...lengthFaults(after, step, 'the step of the checkpoint'),
  ]
}

/**
 * Faults of a specification that goes on from `step` of a run with another specification.
 *
 * @param mode of the problem: with one answer after the last time step no state goes from one update to the next, so that the
 * truncation is free
 */
export function forkFaults(
  before: JobSpec,
  after: JobSpec,
  { step, mode }: { step: number; mode: Problem['mode'] },
): Fault[] {
  const isWhole = mode === 'many_to_one' && !usesDataset(before.data)
  const pinned = FREE.filter((root) => root !== '/init_from')
  const free = [...pinned, ...FORKED, ...(isWhole ? ['/bptt'] : [])]
  return [
    ...fixedFaults(before, after, free, 'the run made its steps with it'),
    ...lengthFaults(after, step, 'the step of the fork'),
  ]
}

function fixedFaults(before: JobSpec, after: JobSpec, free: readonly string[], why: string): Fault[] {
  return changes(completed(before), after)
    .filter(({ pointer }) => !free.some((root) => isWithin(pointer, root)))
    .map(({ pointer, from, to }) => ({
      pointer,
      detail: `Must stay ${shown(from)} as ${why}: current value is ${shown(to)}`,
      value: to,
    }))
}

function lengthFaults({ training: { max_steps } }: JobSpec, step: number, what: string): Fault[] {
  if (max_steps > step) return []
  const detail = `Must be > ${step}, ${what}: current value is ${max_steps}`
  return [{ pointer: '/training/max_steps', detail, value: max_steps }]
}

/** A specification with today's defaults where it is a record of before a field. */
function completed(spec: JobSpec): JobSpec {
  const checked = parseJobSpec(spec)
  return checked.ok ? checked.value : spec
}

interface Change {
  pointer: string
  from: unknown
  to: unknown
}

/** The leaves in which two values differ. */
function changes(from: unknown, to: unknown, pointer = ''): Change[] {
  if (!isRecord(from) || !isRecord(to)) return from === to ? [] : [{ pointer, from, to }]
  const names = new Set([...Object.keys(from), ...Object.keys(to)])
  return [...names].flatMap((name) => changes(own(from, name), own(to, name), below(pointer, name)))
}

function own(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
