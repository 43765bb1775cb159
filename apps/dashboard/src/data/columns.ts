// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import type { MetricsBuckets, MetricsPage } from '@unroll/client'
import { emptySpread, mapSpread, setBucket, setValue, type Spread } from './spread.ts'

/**
 * Values of one series, one for each row; for a bucket of steps the last one. NaN and ±Infinity are data; `present` is
 * 0 for an unmeasured value.
 */
export interface Column {
  readonly values: Float64Array
  readonly present: Uint8Array
  /** Set if rows may be buckets. */
  readonly spread?: Spread
}

/** Rows in ascending order of their step, as columns. The step of a bucket is its last one. */
export interface Table {
  readonly steps: Float64Array
  readonly columns: ReadonlyMap<string, Column>
}

const FIRST_CAPACITY = 1024

type Rows = Readonly<Record<string, readonly (number | null)[]>>

/**
 * The rows of a run as they arrive: columns in typed arrays that double when full, so that a poll costs as much as its
 * rows.
 */
export class Columns implements Table {
  #length = 0
  #steps: Float64Array = new Float64Array(FIRST_CAPACITY)
  #columns = new Map<string, Column>()
  #isWhole = true
  #first = 0

  get length(): number {
    return this.#length
  }

  /** The oldest step, or 0 when there is none. */
  get firstStep(): number {
    return this.#length === 0 ? 0 : this.#first
  }

  /** The newest step, or 0 when there is none. */
  get lastStep(): number {
    return this.#length === 0 ? 0 : this.#steps[this.#length - 1]!
  }

  /** Whether every row is a single step. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  get steps(): Float64Array {
    return this.#steps.subarray(0, this.#length)
  }

  get columns(): ReadonlyMap<string, Column> {
    return new Map([...this.#columns.keys()].map((name) => [name, this.column(name)]))
  }

  /** The series `name`, as long as `steps`; a series without values has nothing present. */
  column(name: string): Column {
    const { values, present, spread } = this.#columns.get(name) ?? emptyColumn(this.#length)
    return {
      values: values.subarray(0, this.#length),
      present: present.subarray(0, this.#length),
      ...(spread && { spread: mapSpread(spread, (all) => all.subarray(0, this.#length)) }),
    }
  }

  /**
   * Adds rows. `series[name][i]` belongs to `steps[i]`; null is an unmeasured value. A step not beyond the last is
   * skipped.
   */
  append(steps: readonly number[], series: Rows): void {
    this.#reserve(this.#length + steps.length, Object.keys(series))
    for (const [row, step] of steps.entries()) {
      if (step <= this.lastStep) continue
      if (this.#length === 0) this.#first = step
      this.#steps[this.#length] = step
      for (const [name, { values, present, spread }] of this.#columns) {
        const value = series[name]?.[row] ?? null
        values[this.#length] = value ?? 0
        present[this.#length] = value === null ? 0 : 1
        if (spread !== undefined) setValue(spread, this.#length, { step, value })
      }
      this.#length += 1
    }
  }

  /** Starts over with the rows or the buckets of a page. */
  show(page: MetricsPage | MetricsBuckets): void {
    this.#length = 0
    this.#columns.clear()
    this.#isWhole = !('bucket_steps' in page)
    if ('bucket_steps' in page) this.#showBuckets(page)
    else this.append(page.steps, page.series)
  }

  #showBuckets({ steps, bucket_steps, last_step, series }: MetricsBuckets): void {
    this.#reserve(steps.length, [])
    for (const [row, first] of steps.entries()) this.#steps[row] = Math.min(last_step, first + bucket_steps - 1)
    this.#first = steps[0] ?? 0
    this.#length = steps.length
    for (const [name, of] of Object.entries(series)) {
      const column = { ...emptyColumn(this.#steps.length), spread: emptySpread(this.#steps.length) }
      for (const [row, last] of of.last.entries()) {
        column.values[row] = last ?? 0
        column.present[row] = last === null ? 0 : 1
        setBucket(column.spread, row, { first: steps[row]!, at: row, of })
      }
      this.#columns.set(name, column)
    }
  }

  #reserve(rows: number, names: readonly string[]): void {
    const capacity = capacityFor(rows, this.#steps.length)
    for (const name of names) {
      if (!this.#columns.has(name)) this.#columns.set(name, emptyColumn(this.#steps.length))
    }
    if (capacity === this.#steps.length) return
    this.#steps = grown(this.#steps, new Float64Array(capacity))
    for (const [name, { values, present, spread }] of this.#columns) {
      this.#columns.set(name, {
        values: grown(values, new Float64Array(capacity)),
        present: grown(present, new Uint8Array(capacity)),
        ...(spread && { spread: mapSpread(spread, (all) => grown(all, new Float64Array(capacity))) }),
      })
    }
  }
}

function emptyColumn(capacity: number): Column {
  return { values: new Float64Array(capacity), present: new Uint8Array(capacity) }
}

/** The next power-of-two multiple of `capacity` with room for `wanted` items. */
export function capacityFor(wanted: number, capacity: number): number {
  return wanted <= capacity ? capacity : capacityFor(wanted, capacity * 2)
}

/** `larger`, with the items of `array` at its start. */
export function grown<Items extends Float64Array | Float32Array | Uint8Array>(array: Items, larger: Items): Items {
  larger.set(array)
  return larger
}

/** The number of ascending `steps` up to `step`, which is also the index of the first one beyond it. */
export function countUpTo(steps: Float64Array, step: number): number {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle]! <= step) low = middle + 1
    else high = middle
  }
  return low
}

/** Index of the step nearest to `step`, or -1 when there are none. */
export function nearestIndex(steps: Float64Array, step: number): number {
  const after = countUpTo(steps, step)
  if (after === 0) return steps.length === 0 ? -1 : 0
  if (after === steps.length) return after - 1
  return step - steps[after - 1]! <= steps[after]! - step ? after - 1 : after
}
