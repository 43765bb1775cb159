import { VARIANT_PARTS } from '../job/job_spec.ts'
import { parsePointer } from '../schema/pointer.ts'
import { isRecord } from '../schema/record.ts'

/**
 * A job as it would be posted: the template with what a trial sets, by pointer. A part that the template leaves out is of
 * the variant it is by default, so that `/optimizer/learning_rate` alone is that of Adam.
 */
export function withChanges(template: object, changes: Readonly<Record<string, unknown>>): unknown {
  const fields = Object.keys(changes)
  const parts = Object.entries(VARIANT_PARTS).filter(
    ([name]) => !Object.hasOwn(template, name) && fields.some((field) => field.startsWith(`/${name}/`)),
  )
  return Object.entries(changes).reduce<unknown>((job, [field, value]) => withValue(job, parsePointer(field), value), {
    ...template,
    ...Object.fromEntries(parts),
  })
}

function withValue(target: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value
  const fields = isRecord(target) ? Object.entries(target) : []
  const inner = fields.find(([other]) => other === name)?.[1]
  return Object.fromEntries([...fields, [name, withValue(inner, rest, value)]])
}
