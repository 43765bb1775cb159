import { inspect, verdict, type Checked } from '../schema/check.ts'
import type { Fault } from '../schema/fault.ts'
import { isFull } from '../schema/fit.ts'
import { isSound, judge } from '../schema/rule.ts'
import { JobSpecSchema, type JobSpec } from './job_spec.ts'
import { RULES } from './rules.ts'

/**
 * Parses a job specification from any value: fills in defaults, or returns every fault at once, including those between
 * fields. Constraints that depend on an uploaded data set (its size, its vocabulary) are checked by `datasetFault`,
 * `heldOutFault` and `memoryFault` once the data set is known.
 */
export function parseJobSpec(value: unknown): Checked<JobSpec> {
  const { filled, faults, unsound } = inspect(JobSpecSchema, value)
  if (isFull(faults)) return verdict(filled as JobSpec, faults) // its valid part is unknown
  const spec = withDerivedDefaults(filled as JobSpec, faults)
  return verdict(spec, judge(spec, RULES, { faults, unsound }))
}

/** Defaults that follow from other fields, which JSON Schema cannot say. */
function withDerivedDefaults(spec: JobSpec, faults: readonly Fault[]): JobSpec {
  if (!isSound('/bptt/mode', faults) || spec.bptt.mode !== 'truncated') return spec
  return { ...spec, bptt: { ...spec.bptt, k2: spec.bptt.k2 ?? spec.bptt.k1 } }
}
