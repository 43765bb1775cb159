import { check, type Checked } from '../schema/check.ts'
import { crossFieldFaults, memoryFaults } from './rules.ts'
import { JobSpecSchema, type JobSpec } from './job_spec.ts'
import { taskProblem, usesDataset } from './problem.ts'

/**
 * A job specification from anything a client may send: defaults filled in, or every fault at once.
 *
 * What depends on an uploaded data set (its size, its vocabulary) is checked by `datasetFaults` and `memoryFaults` once
 * the data set is known.
 */
export function parseJobSpec(value: unknown): Checked<JobSpec> {
  const checked = check(JobSpecSchema, value)
  if (!checked.ok) return checked
  const spec = withDerivedDefaults(checked.value as JobSpec)
  const faults = crossFieldFaults(spec)
  if (faults.length === 0 && !usesDataset(spec.data))
    faults.push(...memoryFaults(spec, taskProblem(spec.data, spec.sequence_length)))
  return faults.length === 0 ? { ok: true, value: spec } : { ok: false, faults }
}

/** Defaults that follow from other fields, which JSON Schema cannot say. */
function withDerivedDefaults(spec: JobSpec): JobSpec {
  const { bptt } = spec
  return bptt.mode === 'truncated' ? { ...spec, bptt: { ...bptt, k2: bptt.k2 ?? bptt.k1 } } : spec
}
