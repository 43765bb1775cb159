import { cut, parseJobSpec, withChanges, type Checked, type JobSpec, type SweepSpec } from '@unroll/contract'
import type { Trial } from '@unroll/store'
import type { Rung } from './rungs.ts'

const NAME_LENGTH = 128 // of a job

/** The job of a trial in a rung: its specification, or its faults. */
export function trialSpec(
  { template, stop_on: stops = [] }: Pick<SweepSpec, 'template' | 'stop_on'>,
  changes: Trial,
  { trial, rung: { max_steps } }: { trial: number; rung: Rung },
): Checked<JobSpec> {
  const steps = max_steps === null ? {} : { '/training/max_steps': max_steps }
  const stopping = stops.length === 0 ? {} : { '/on_finding': 'stop', '/act_on': stops }
  const checked = parseJobSpec(withChanges(template, { ...changes, ...steps, ...stopping }))
  if (!checked.ok || checked.value.name === undefined) return checked
  const suffix = ` #${trial}`
  const name = cut(checked.value.name, NAME_LENGTH - suffix.length) + suffix
  return { ok: true, value: { ...checked.value, name } }
}
