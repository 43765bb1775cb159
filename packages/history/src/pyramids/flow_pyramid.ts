import type { Cursor } from '@unroll/contract'
import { blockEnd, type FlowBlock } from '@unroll/store'
import { FLOW_STATES, FlowTile, emptyColumn, type FlowColumn, type FlowState } from './flow_tile.ts'
import { findBucket, coverRange, widthFor } from './grid.ts'

/** Number of buckets of training steps: at least half of them are in use. */
const STEPS = 256
const LINES = 128
const VERSION = 1

/** The flow of every layer of a run in one tile each, of at most 256 by 128 buckets. The width of the steps doubles as the run grows. */
export class FlowPyramid {
  /** Time steps of a full window. */
  readonly window: number
  /** The last row in it. */
  end: Cursor = { epoch: 0, seq: 0 }
  /** The step of that row. */
  step: number = 0
  /** By layer; all of the same widths. */
  layers: FlowTile[] = []

  constructor(window: number) {
    this.window = window
  }

  /** Adds rows that are newer than all of its rows. */
  add(block: FlowBlock): void {
    for (const [at, step] of block.steps.entries()) {
      while (findBucket(step, this.#width) >= STEPS) this.#double()
      for (const [layer, flow] of (block.flow[at] ?? []).entries()) {
        this.layers[layer] ??= this.#emptyTile(this.#width)
        this.layers[layer].add(step, flow, this.window)
      }
      this.end = blockEnd(block)
      this.step = step
    }
  }

  get #width(): number {
    return this.layers[0]?.width ?? 1
  }

  #emptyTile(width: number): FlowTile {
    const timesteps = { from: 1, to: this.window }
    return new FlowTile(width, coverRange(timesteps, widthFor(timesteps, LINES)))
  }

  #double(): void {
    if (this.layers.length === 0) this.layers = [this.#emptyTile(1)]
    const width = this.#width * 2
    this.layers = this.layers.map((narrow) => {
      const wide = this.#emptyTile(width)
      for (const [bucket, columns] of narrow.columns) wide.merge(bucket, columns, narrow)
      return wide
    })
  }

  /**
   * The bytes of the pyramid: the length of a JSON head, the head, then the statistics of each column, four bytes a
   * bucket.
   */
  encode(): Uint8Array {
    const parts: Uint8Array[] = []
    const layers = this.layers.map(({ columns }) =>
      Array.from(columns, ([bucket, of]) => {
        const states = FLOW_STATES.filter((state) => state in of)
        for (const state of states) for (const values of Object.values(of[state] ?? {})) parts.push(toBytes(values))
        return [bucket, states] as const
      }),
    )
    const head: Head = {
      version: VERSION,
      window: this.window,
      end: this.end,
      step: this.step,
      width: this.#width,
      layers,
    }
    const text = Buffer.from(JSON.stringify(head))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    return Buffer.concat([length, text, ...parts])
  }

  /** Undefined for another version. */
  static decode(bytes: Uint8Array): FlowPyramid | undefined {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const start = 4 + buffer.readUInt32LE(0)
    const head = JSON.parse(buffer.toString('utf8', 4, start)) as Head
    if (head.version !== VERSION) return undefined
    const pyramid = new FlowPyramid(head.window)
    pyramid.end = head.end
    pyramid.step = head.step
    const next = reader(buffer.subarray(start))
    pyramid.layers = head.layers.map((columns) => {
      const tile = pyramid.#emptyTile(head.width)
      for (const [bucket, states] of columns) {
        const read = states.map((state) => [state, next(emptyColumn(tile.lines.count))] as const)
        tile.columns.set(bucket, Object.fromEntries(read))
      }
      return tile
    })
    return pyramid
  }
}

interface Head {
  version: number
  window: number
  end: Cursor
  step: number
  width: number
  /** By layer, each bucket of training steps and its states. */
  layers: (readonly [bucket: number, states: FlowState[]])[][]
}

/** A function that fills a column with the next bytes. */
function reader(bytes: Uint8Array): (column: FlowColumn) => FlowColumn {
  let at = 0
  return (column) => {
    for (const values of Object.values(column) as (Float32Array | Uint32Array)[]) {
      toBytes(values).set(bytes.subarray(at, at + values.byteLength))
      at += values.byteLength
    }
    return column
  }
}

function toBytes(values: Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
