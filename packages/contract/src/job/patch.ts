import { Type, type Static } from 'typebox'
import { idPattern } from '../ids.ts'
import type { Checked } from '../schema/check.ts'
import type { Fault } from '../schema/fault.ts'
import { UNKNOWN_FIELD } from '../schema/fit.ts'
import { leadsSomewhere, without } from '../schema/pointer.ts'
import { isRecord } from '../schema/record.ts'
import { METADATA_NAME, type JobSpec } from './job_spec.ts'
import { parseJobSpec } from './parse.ts'

/** The fields of a job that a client may change at any time: a JSON merge patch (RFC 7396), in which `null` removes. */
export const JobPatch = Type.Object(
  {
    name: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 128 }), Type.Null()], {
        description: 'Another name; null for the id.',
      }),
    ),
    priority: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Workers take jobs with a lower number first.' }),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String({ pattern: METADATA_NAME }), Type.Union([Type.String({ maxLength: 512 }), Type.Null()]), {
        maxProperties: 32, // the maximal number of pairs to remove and to set
        description: 'Pairs to set; those with null are removed, other pairs stay.',
      }),
    ),
    keep: Type.Optional(
      Type.Boolean({
        description: 'Whether the job and its data set are excluded from retention after its end.',
      }),
    ),
  },
  { additionalProperties: false, title: 'JobPatch' },
)
export type JobPatch = Static<typeof JobPatch>

/** The fields of a retry. */
export const JobRetry = Type.Object(
  {
    from_checkpoint: Type.Optional(
      Type.String({
        pattern: `^latest$|${idPattern('checkpoint')}`,
        description:
          'A checkpoint of the old job, or "latest", from which the new one starts; without it, the new one starts from scratch.',
      }),
    ),
    changes: Type.Object(
      {},
      {
        additionalProperties: true,
        default: {},
        description: 'A JSON merge patch (RFC 7396) on the specification of the old job: null restores a default.',
      },
    ),
  },
  { additionalProperties: false, default: {}, title: 'JobRetry' },
)
export type JobRetry = Static<typeof JobRetry>

/** The fields of a fork. */
export const JobFork = Type.Object(
  {
    step: Type.Integer({
      minimum: 1,
      maximum: 1_000_000_000,
      description: 'The last step that the new job has as the old one made it; the changes hold from the next one on.',
    }),
    changes: Type.Object(
      {},
      {
        additionalProperties: true,
        default: {},
        description:
          'A JSON merge patch (RFC 7396) on the specification of the old job: null restores a default. Whatever leaves the shape of the network and its data as they are.',
      },
    ),
  },
  { additionalProperties: false, title: 'JobFork' },
)
export type JobFork = Static<typeof JobFork>

/**
 * A changed specification, validated as a whole. If the changes name another variant, such as another cell, fields of
 * the old one are dropped.
 */
export function amend(spec: JobSpec, changes: object): Checked<JobSpec> {
  let merged = mergePatch(spec, changes)
  for (;;) {
    const checked = parseJobSpec(merged)
    const left = checked.ok ? [] : checked.faults.filter((fault) => isLeft(fault, changes))
    const rest = left.reduce<unknown>((less, { pointer }) => without(less, pointer), merged)
    // Each round removes a field of the old specification, of which there are a few dozen; a round that removes none is
    // the last.
    if (rest === merged) return checked
    merged = rest
  }
}

/** Whether a fault is about a remaining field of a replaced variant. */
function isLeft({ detail, pointer }: Fault, changes: object): boolean {
  return detail.startsWith(UNKNOWN_FIELD) && !leadsSomewhere(changes, pointer)
}

/** The document `target` with a JSON merge patch (RFC 7396) applied. Neither is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  // A map: assignment of `__proto__` would not create a field, and `constructor` would already exist.
  const merged = new Map(isRecord(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}
