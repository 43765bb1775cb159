import { Type, type Static } from 'typebox'
import type { Checked } from '../schema/check.ts'
import type { JobSpec } from './job_spec.ts'
import { parseJobSpec } from './parse.ts'

/** What a client may change of a job at any time: a JSON merge patch (RFC 7396), in which `null` removes. */
export const JobPatch = Type.Object(
  {
    name: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 128 }), Type.Null()], {
        description: 'Another name; null for the id.',
      }),
    ),
    priority: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Jobs of a lower number are taken first.' }),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String({ pattern: '^.{1,64}$' }), Type.Union([Type.String({ maxLength: 512 }), Type.Null()]), {
        additionalProperties: false,
        description: 'Pairs to set; those with null are removed, others stay.',
      }),
    ),
  },
  { additionalProperties: false, title: 'JobPatch' },
)
export type JobPatch = Static<typeof JobPatch>

/** A specification with changes made to it, checked as a whole. */
export function amend(spec: JobSpec, changes: object): Checked<JobSpec> {
  return parseJobSpec(mergePatch(spec, changes))
}

/** The document `target` with a JSON merge patch (RFC 7396) applied. Neither is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = mergePatch(merged[name], value)
  }
  return merged
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
