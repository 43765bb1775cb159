import { VARIANT_PARTS } from '../job/job_spec.ts'
import { parsePointer } from '../schema/pointer.ts'
import { isRecord } from '../schema/record.ts'

/**
 * The job specification of a trial: the template with the values of the trial, by pointer. A part that the template
 * lacks has its default variant, so that `/optimizer/learning_rate` alone is that of Adam.
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
