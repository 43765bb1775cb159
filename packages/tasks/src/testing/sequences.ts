import assert from 'node:assert/strict'
import type { DatasetField, SequencesShape } from '@unroll/contract'
import type { Sequences } from '../sequences/sequences.ts'

type Value = string | number | null

/** Values of a field: of each sequence those of its steps, or one. Numbers have a list each; texts are categories, null is missing. */
export type Values = readonly (readonly (number | null)[][] | readonly (string | null)[] | string | number | null)[]

/** Sequences in memory, and what is known of them. */
export function sequencesOf(fields: Record<string, Values>): { sequences: Sequences; shape: SequencesShape } {
  const [first] = Object.values(fields)
  const lengths = Int32Array.from(first!, (steps) => (Array.isArray(steps) ? steps.length : 1))
  const known = new Map(Object.entries(fields).map(([name, values]) => [name, fieldOf(name, values)]))
  const idsOf = (name: string) => new Map(known.get(name)!.categories.map(({ value }, id) => [value, id]))
  const idOf = (name: string, value: Value): number => (value === null ? -1 : idsOf(name).get(String(value))!)
  const steps = (index: number, name: string, start: number, end: number) => {
    assert.ok(start >= 0 && start <= end && end <= lengths[index]!, `steps ${start} to ${end} of ${lengths[index]}`)
    return (fields[name]![index] as Value[]).slice(start, end)
  }
  return {
    shape: {
      sequences: lengths.length,
      steps: lengths.reduce((sum, length) => sum + length, 0),
      lengths: { min: Math.min(...lengths), median: 0, max: Math.max(...lengths) },
      fields: [...known.values()],
    },
    sequences: {
      lengths,
      numbers: (name) => Float64Array.from(fields[name]!.flatMap(numbersOf)),
      categories: (name) => Int32Array.from(fields[name]! as readonly Value[], (value) => idOf(name, value)),
      stepNumbers: (index, name, start, end) => Float64Array.from(steps(index, name, start, end).flatMap(numbersOf)),
      stepCategories: (index, name, start, end) =>
        Int32Array.from(steps(index, name, start, end), (value) => idOf(name, value)),
    },
  }
}

function fieldOf(name: string, values: Values): DatasetField {
  const isStep = Array.isArray(values[0])
  const all: (Value | readonly Value[])[] = isStep ? values.flat() : (values as readonly Value[]).slice()
  const isCategory = all.some((value) => typeof value === 'string')
  const numbers = isCategory ? [] : all.flat().filter((value) => typeof value === 'number')
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  const counts = new Map<string, number>()
  for (const value of all) if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1)
  return {
    name,
    per: isStep ? 'step' : 'sequence',
    type: isCategory ? 'category' : 'number',
    width: Array.isArray(all[0]) ? all[0].length : 1,
    missing: all.flat().filter((value) => value === null).length,
    min: isCategory ? null : Math.min(...numbers),
    max: isCategory ? null : Math.max(...numbers),
    mean: isCategory ? null : mean,
    std: isCategory ? null : Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length),
    distinct: isCategory ? (isStep ? null : counts.size) : countWhole(numbers, isStep),
    categories: [...counts].map(([value, count]) => ({ value, count })),
  }
}

/** Of each step different values are counted where all are whole. */
function countWhole(numbers: readonly number[], isStep: boolean): number | null {
  return isStep && numbers.every(Number.isInteger) ? new Set(numbers).size : null
}

function numbersOf(value: unknown): number[] {
  return (Array.isArray(value) ? value : [value]).map((each) => (each === null ? Number.NaN : Number(each)))
}
