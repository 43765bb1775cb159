import type { Fault } from '../schema/check.ts'
import type { JobSpec } from './job_spec.ts'

interface Limit {
  pointer: string
  read: (spec: JobSpec) => unknown
  available: readonly unknown[]
}

/** What this version can run of what the specification can say. A job outside it is refused rather than run as something else. */
export const LIMITS: readonly Limit[] = [
  { pointer: '/resources/shards', read: ({ resources }) => resources.shards, available: [1] },
]

/** Faults of a valid specification that asks for what this version cannot do yet. */
export function unavailable(spec: JobSpec): Fault[] {
  return LIMITS.filter(({ read, available }) => !available.includes(read(spec))).map(
    ({ pointer, read, available }) => ({
      pointer,
      detail: `Is not available in this version: must be ${available.map((value) => JSON.stringify(value)).join(', ')}`,
      value: read(spec),
    }),
  )
}
