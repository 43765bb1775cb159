import { shown } from '../../schema/shown.ts'
import type { DatasetField, SequenceSchema } from '../../wire/dataset.ts'

/** What a job must know of a data set of sequences. */
export interface SequencesShape extends Pick<SequenceSchema, 'sequences' | 'steps'> {
  lengths: Pick<SequenceSchema['lengths'], 'min' | 'median' | 'max'>
  fields: readonly DatasetField[]
}

/** The field that data sets say left-out steps in. */
const MASK_FIELD = 'mask'

/** Names under which a target is looked for where a job names none. */
const TARGETS = ['label', 'target', 'targets', 'class', 'y']

/** The field that data sets say their split in. */
export const SPLIT_FIELD = 'split'

/** The most categories of a field that are known by name. */
const MOST_CATEGORIES = 1000

/** Whether every category of a field is known by name. */
export function hasCategories({ categories, distinct }: DatasetField): boolean {
  if (categories.length === 0) return false
  return distinct === null ? categories.length < MOST_CATEGORIES : distinct <= categories.length
}

/** Whether the values of a field are classes, where it is not said whether they are classes or numbers. */
export function namesClasses(field: DatasetField, { sequences, steps }: SequencesShape): boolean {
  if (field.type === 'category') return true
  const values = field.per === 'sequence' ? sequences : steps
  const areWhole = field.categories.every(({ value }) => Number.isInteger(Number(value)))
  return hasCategories(field) && field.categories.length > 1 && areWhole && field.categories.length <= values / 2
}

/** Whether a field has a number for each value that is not missing. */
export function hasNumbers({ type, min }: DatasetField): boolean {
  return type === 'number' || min !== null
}

/** The field by which an answer is looked for where a job names none. */
export function defaultTarget(fields: readonly DatasetField[]): DatasetField | undefined {
  return TARGETS.flatMap((name) => fields.find((field) => field.name === name) ?? [])[0]
}

/** Whether a field says of each step whether it counts: whole numbers from 0 to 1, none of them missing. */
export function saysSteps({ per, type, width, missing, min, max, distinct }: DatasetField): boolean {
  const isWhole = type === 'number' && distinct !== null
  return per === 'step' && isWhole && width === 1 && missing === 0 && (min ?? -1) >= 0 && (max ?? 2) <= 1
}

/** Whether a field says from which state each sequence begins: numbers, none of them missing. */
export function saysState({ per, type, missing }: DatasetField): boolean {
  return per === 'sequence' && type === 'number' && missing === 0
}

/** The field that says which steps are left out where a job names none. */
export function defaultMask(
  fields: readonly DatasetField[],
  { inputs = [], target }: { inputs?: string | readonly string[] | undefined; target?: string | undefined },
): DatasetField | undefined {
  const isRead = [inputs].flat().includes(MASK_FIELD) || target === MASK_FIELD
  return isRead ? undefined : fields.find((field) => field.name === MASK_FIELD && saysSteps(field))
}

/** The fields that are read where a job names none. */
export function defaultInputs(
  fields: readonly DatasetField[],
  target: DatasetField | undefined,
): readonly DatasetField[] {
  const steps = fields.filter((field) => field.per === 'step' && field.type !== 'identifier' && field !== target)
  const named = steps.find(({ name }) => name === 'inputs' || name === 'x')
  if (named !== undefined) return [named]
  const numbers = steps.filter(({ type }) => type === 'number')
  if (numbers.length > 0) return numbers
  return steps.length === 1 ? steps : []
}

/** Fields in words, for who must name one: `"a", "b"`. */
export function listNames(fields: readonly DatasetField[]): string {
  return fields.length === 0 ? 'none' : fields.map(({ name }) => shown(name)).join(', ')
}

/** Whether symbols are read, one at each step; else numbers are, categories as one number each. */
export function readsSymbols({ inputs }: { inputs: readonly DatasetField[] }): boolean {
  const [first] = inputs
  return inputs.length === 1 && first?.type === 'category'
}

/** How many numbers a field of inputs is read as: those of a vector, or one for each category. */
export function inputWidth(field: DatasetField): number {
  return field.type === 'category' ? field.categories.length : field.width
}

/** How many further numbers say whether a masked field was observed: one for each number of a vector, one for a category. */
export function indicatorWidth({ type, width }: DatasetField): number {
  return type === 'category' ? 1 : width
}

/** A field in words. */
export function describeField({ per, type, width, categories, distinct, min, max }: DatasetField): string {
  const what =
    type !== 'number'
      ? `of ${distinct ?? categories.length} categories`
      : `of ${width === 1 ? 'a number' : `${width} numbers`} from ${min} to ${max}`
  return `one ${what} for each ${per}`
}
