// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.

import type { Cursor } from '@unroll/contract'
import { hasValue, lowerBound, type ScalarBlock } from '@unroll/store'
import { Buckets, STATISTICS } from './buckets.ts'
import { Sketch } from './sketch.ts'

/** Number of buckets of a series: at least half of them are in use. */
export const PYRAMID_BUCKETS = 1024
/** Version of the stored form: another version is ignored. */
const VERSION = 2

/**
 * Every series of a run in at most 1024 buckets of equal width, from step 1 on: bucket b has the steps b·width + 1 … (b
 * + 1)·width. The width, a power of two, doubles as the run grows. Each series also has a sketch of all values.
 */
export class Pyramid {
  width: number = 1
  /** The last row in it. */
  end: Cursor = { epoch: 0, seq: 0 }
  /** The step of that row. */
  step: number = 0
  readonly series: Map<string, Buckets> = new Map()
  readonly sketches: Map<string, Sketch> = new Map()

  /**
   * Adds rows `from` … `to - 1`, which are newer than all of its rows. The width doubles before the first row beyond
   * the buckets, so that the result does not depend, to the last bit, on the division into blocks.
   */
  add(block: ScalarBlock, from: number, to: number): void {
    for (let row = from; row < to;) {
      while (block.steps[row]! > this.width * PYRAMID_BUCKETS) this.#double()
      const end = Math.min(to, lowerBound(block.steps, this.width * PYRAMID_BUCKETS + 1))
      this.#addRows(block, row, end)
      row = end
    }
  }

  #addRows({ epoch, seqs, steps, columns }: ScalarBlock, from: number, to: number): void {
    for (const [name, column] of columns) {
      if (!hasValue(column, from, to)) continue
      const buckets = this.series.get(name) ?? new Buckets(PYRAMID_BUCKETS)
      this.series.set(name, buckets)
      buckets.addColumn(column, { steps, from, to, width: this.width, first: 0 })
      const sketch = this.sketches.get(name) ?? new Sketch()
      this.sketches.set(name, sketch)
      for (let row = from; row < to; row++)
        if (column.present?.[row] !== 0 && Number.isFinite(column.values[row])) sketch.add(column.values[row]!)
    }
    this.end = { epoch, seq: seqs[to - 1]! }
    this.step = steps[to - 1]!
  }

  #double(): void {
    this.width *= 2
    for (const [name, narrow] of this.series) {
      const wide = new Buckets(PYRAMID_BUCKETS)
      for (let at = 0; at < PYRAMID_BUCKETS; at++) wide.merge(at >> 1, narrow, at)
      this.series.set(name, wide)
    }
  }

  /** The bytes of the pyramid: the length of a JSON head, the head, then the statistics of each series as doubles. */
  encode(): Uint8Array {
    const used = Math.ceil(this.step / this.width)
    const head: Head = {
      version: VERSION,
      width: this.width,
      end: this.end,
      step: this.step,
      used,
      series: [...this.series.keys()],
      sketches: [...this.sketches.values()].map((sketch) => sketch.encode()),
    }
    const text = Buffer.from(JSON.stringify(head))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    const parts: Uint8Array[] = [length, text]
    for (const { statistics } of this.series.values())
      for (const name of STATISTICS) parts.push(toBytes(statistics[name].subarray(0, used)))
    return Buffer.concat(parts)
  }

  /** Undefined for another version. */
  static decode(bytes: Uint8Array): Pyramid | undefined {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const start = 4 + buffer.readUInt32LE(0)
    const head = JSON.parse(buffer.toString('utf8', 4, start)) as Head
    if (head.version !== VERSION) return undefined
    const pyramid = new Pyramid()
    pyramid.width = head.width
    pyramid.end = head.end
    pyramid.step = head.step
    const doubles = new Float64Array(new Uint8Array(buffer.subarray(start)).buffer)
    for (const [nth, name] of head.series.entries()) {
      const buckets = new Buckets(PYRAMID_BUCKETS)
      for (const [at, statistic] of STATISTICS.entries()) {
        const from = (nth * STATISTICS.length + at) * head.used
        buckets.statistics[statistic].set(doubles.subarray(from, from + head.used))
      }
      pyramid.series.set(name, buckets)
      pyramid.sketches.set(name, Sketch.decode(head.sketches[nth] ?? []))
    }
    return pyramid
  }
}

interface Head {
  version: number
  width: number
  end: Cursor
  step: number
  used: number
  series: string[]
  /** One for each series. */
  sketches: number[][]
}

function toBytes(doubles: Float64Array): Uint8Array {
  return new Uint8Array(doubles.buffer, doubles.byteOffset, doubles.byteLength)
}
