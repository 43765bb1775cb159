import { Type, type Static, type TProperties } from 'typebox'
import type { Fault } from '../schema/fault.ts'
import { linePattern } from '../schema/fields.ts'
import { isWithin, formatPointer, parsePointer } from '../schema/pointer.ts'
import { isRecord } from '../schema/record.ts'
import type { Rule } from '../schema/rule.ts'
import { shown } from '../schema/shown.ts'
import { variant } from '../schema/variant.ts'

/** Maximal number of trials of a sweep. */
export const MAX_TRIALS = 256
/** Maximal number of fields of a space. */
export const MAX_FIELDS = 16

const BOUNDS = {
  min: Type.Number({ description: 'The least value.' }),
  max: Type.Number({ description: 'The greatest value.' }),
}

function drawnFrom<const Name extends string, Own extends TProperties>(name: Name, description: string, own: Own) {
  return Type.Object(
    { distribution: Type.Literal(name, { description }), ...own },
    { additionalProperties: false, title: name },
  )
}

/** The values of one field of the trials. */
export const Dimension = variant(
  'distribution',
  [
    drawnFrom('uniform', 'Any number from min to max, uniformly distributed.', BOUNDS),
    drawnFrom('log_uniform', 'Any number from min to max, its logarithm uniformly distributed.', BOUNDS),
    drawnFrom('int_uniform', 'Any whole number from min to max, uniformly distributed.', BOUNDS),
    Type.Object(
      {
        values: Type.Array(Type.Unknown(), {
          minItems: 1,
          maxItems: MAX_TRIALS,
          description: 'These values: numbers, texts, or whole parts of a specification.',
        }),
      },
      { additionalProperties: false, title: 'values' },
    ),
  ],
  { description: 'The values of a field: one of `values`, or samples of a `distribution`.' },
)
export type Dimension = Static<typeof Dimension>
export type Distribution = Exclude<Dimension, { values: unknown[] }>

/** The search space: the values of each field. */
export const Space = Type.Record(Type.String({ pattern: linePattern(200) }), Dimension, {
  minProperties: 1,
  maxProperties: MAX_FIELDS,
  description:
    'Fields of the specification with their values, by path: `/optimizer/learning_rate` (RFC 6901) or `optimizer.learning_rate`.',
})
export type Space = Static<typeof Space>

export function isDrawn(dimension: Dimension): dimension is Distribution {
  return 'distribution' in dimension
}

/** The names in the path of a key of a space; undefined if it is not a path. */
export function parsePath(key: string): string[] | undefined {
  const names = key.startsWith('/') ? parsePointer(key) : key.split('.')
  return names.includes('') ? undefined : names
}

/** The constraints on the field `key` of a space, one of `keys`. */
export function spaceRules(key: string, keys: readonly string[]): Rule<{ space: Space }>[] {
  const pointer = `/space${formatPointer([key])}`
  return [
    ({ space }) => boundsFault(pointer, space[key]),
    ({ space }) => repeatFault(pointer, space[key]),
    () => pathFault(pointer, key, keys), // the validity of its name does not depend on its value
  ]
}

/** Fields that no trial sets, and why. */
const OF_ALL_TRIALS: Readonly<Record<string, string>> = {
  notify: 'which is that of the template',
  on_finding: 'as stop_on says what ends a trial',
  act_on: 'as stop_on says what ends a trial',
}

function pathFault(pointer: string, key: string, keys: readonly string[]): Fault | undefined {
  const path = parsePath(key)
  if (path === undefined)
    return {
      pointer,
      detail: `Must be the path of a field, as /optimizer/learning_rate is: current value is ${shown(key)}`,
    }
  const kept = Object.entries(OF_ALL_TRIALS).find(([name]) => name === path[0])
  if (kept !== undefined) return { pointer, detail: `Must not be of ${kept[0]}, ${kept[1]}` }
  const outer = keys.find(
    (other) => other !== key && isWithin(formatPointer(path), formatPointer(parsePath(other) ?? [''])),
  )
  return outer === undefined ? undefined : { pointer, detail: `Must not be ${shown(outer)} or lie within it` }
}

/** A repeated value would be tried twice. */
function repeatFault(pointer: string, dimension: Dimension | undefined): Fault | undefined {
  if (dimension === undefined || isDrawn(dimension)) return undefined
  const texts = dimension.values.map(canonical)
  const at = texts.findIndex((text, index) => texts.indexOf(text) < index)
  if (at === -1) return undefined
  const value = dimension.values[at]
  const first = texts.indexOf(texts[at] ?? '')
  return {
    pointer: `${pointer}/values/${at}`,
    detail: `Must differ from values[${first}]: current value is ${shown(value)}`,
    value,
  }
}

/** The same text for equal values, independent of the order of members. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  )
}

function boundsFault(pointer: string, dimension: Dimension | undefined): Fault | undefined {
  if (dimension === undefined || !isDrawn(dimension)) return undefined
  const { distribution, min, max } = dimension
  const at = (name: string, wanted: string, value: number) => ({
    pointer: `${pointer}/${name}`,
    detail: `Must be ${wanted}: current value is ${value}`,
    value,
  })
  if (distribution === 'int_uniform' && !Number.isSafeInteger(min)) return at('min', 'an integer', min)
  if (distribution === 'int_uniform' && !Number.isSafeInteger(max)) return at('max', 'an integer', max)
  if (distribution === 'log_uniform' && min <= 0) return at('min', '> 0 for log_uniform', min)
  if (max <= min) return at('max', `> min (${min})`, max)
  return max - min < Number.MAX_SAFE_INTEGER ? undefined : at('max', 'within 2^53 of min', max)
}
