import type { Fault } from '../schema/fault.ts'
import { below } from '../schema/pointer.ts'
import type { Rule } from '../schema/rule.ts'
import { isDrawn, type Space } from './space.ts'

/**
 * Maximal number of fields and items of a template or of a value of a space: a whole specification has about eighty.
 */
const MOST_FIELDS = 1000

/** Every trial copies and checks the template and its values, so that their size is bounded by that of a job. */
export const SIZE_RULES: readonly Rule<{ template: object; space: Space }>[] = [
  ({ template }) => sizeFault(template, '/template'),
  ({ space }) => valueFault(space),
]

function valueFault(space: Space): Fault | undefined {
  for (const [key, dimension] of Object.entries(space))
    for (const [at, value] of (isDrawn(dimension) ? [] : dimension.values).entries()) {
      const fault = sizeFault(value, `${below('/space', key)}/values/${at}`)
      if (fault !== undefined) return fault
    }
  return undefined
}

function sizeFault(value: unknown, pointer: string): Fault | undefined {
  if (fieldsWithin(value, MOST_FIELDS) <= MOST_FIELDS) return undefined
  return { pointer, detail: `Must have at most ${MOST_FIELDS} fields and items in all` }
}

/** The fields and items within a value, counted until there are more than `most`. */
function fieldsWithin(value: unknown, most: number): number {
  let count = 0
  const left = [value]
  while (left.length > 0 && count <= most) {
    const next = left.pop()
    if (typeof next !== 'object' || next === null) continue
    const inner: unknown[] = Object.values(next)
    count += inner.length
    left.push(...inner.slice(0, most + 1))
  }
  return count
}
