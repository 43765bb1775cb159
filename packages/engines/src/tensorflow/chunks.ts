// The chunks of a long window on TensorFlow, one run for each chunk. The tensors between two runs stay in TensorFlow's memory
// and are freed after their last use.

import { chunkEnd, probedShapes, sumShapes, timestepClip, type Chunk, type Observed } from '@unroll/bptt'
import { isMasked } from '../session/step_mask.ts'
import { WindowChunks, type ChunkedWindow, type ChunkNumbers } from '../session/window_chunks.ts'
import { shardNetwork, freeSharded, type Sharded } from './functions/sharded.ts'
import type { ChunkFunction, ChunkSignature, GivenChunk } from './functions/chunk.ts'
import type { LoadedGraph, TensorId } from './graph/runtime.ts'
import { drawGraphMasks, type GraphWindows } from './whole_window.ts'

/** States of all layers, or sums, of each shard. */
type Handed = Sharded<TensorId>

/** The options of a pass through the chunks of a window. */
export interface PassOptions extends Pick<ChunkedWindow, 'batch' | 'window'> {
  readonly flow?: boolean
  /** What the pass observes; such a pass clips nothing. */
  readonly observed?: Observed
  /** The number of updates before the one whose masks apply; none do unless given. */
  readonly dropsUnitsOf?: number
}

export class GraphChunks extends WindowChunks<Handed, Handed> {
  readonly #windows: GraphWindows
  readonly #options: PassOptions

  readonly #index: number

  /** @param window.index Counts the micro-batches from 0. */
  constructor(windows: GraphWindows, window: ChunkedWindow & { readonly index: number }, options: PassOptions) {
    super(window)
    this.#windows = windows
    this.#options = options
    this.#index = window.index
  }

  /** One for each chunk. */
  get signatures(): readonly ChunkSignature[] {
    return this.chunks.map((chunk) => this.#signature(chunk))
  }

  forward(chunk: Chunk, before: Handed): Handed {
    return this.#function(chunk).forward(this.#graph, this.#given(chunk), before)
  }

  segment(
    chunks: readonly Chunk[],
    before: Handed,
    sums: Handed,
    carriedAt: number | undefined,
  ): { sums: Handed; carried?: Handed | undefined } {
    let states = before
    let carried: Handed | undefined
    const passes: { readonly chunk: Chunk; readonly kept: Handed }[] = []
    for (const chunk of chunks) {
      const { after, kept } = this.#function(chunk).keep(this.#graph, this.#given(chunk), states)
      if (states !== before && states !== carried) this.freeStates(states)
      states = after
      if (chunkEnd(chunk) === carriedAt) carried = states
      passes.push({ chunk, kept })
    }
    if (states !== carried) this.freeStates(states)
    let all = sums
    for (const { chunk, kept } of passes.toReversed()) {
      const back = this.#function(chunk).back(this.#graph, this.#given(chunk), { kept, sums: all })
      freeSharded(this.#graph, kept)
      if (all !== sums) this.freeSums(all)
      all = back.sums
      this.placeFlow(chunk, back.flow)
    }
    return { sums: all, carried }
  }

  /** Reads the spectral radii by the names of their series. */
  radii(): Readonly<Record<string, number>> {
    return this.#function(this.chunks[0]!).radii(this.#graph)
  }

  freeStates(states: Handed): void {
    freeSharded(this.#graph, states)
  }

  freeSums(sums: Handed): void {
    freeSharded(this.#graph, sums)
  }

  protected zeroSums(): Handed {
    const { plan } = this.#windows
    const { observed } = this.#options
    const own = shardNetwork({ network: this.network, shards: plan.shards })
    const clips = observed === undefined && timestepClip(plan.program.clipping) !== undefined
    const shapes = Object.entries(observed?.probe === true ? probedShapes(own) : sumShapes(own, clips))
    return Array.from({ length: plan.shards }, () =>
      Object.fromEntries(
        shapes.map(([name, shape]) => {
          const zeros = new Float32Array(shape.reduce((a, b) => a * b, 1))
          return [name, this.#graph.upload({ shape, dtype: 'float32' }, zeros)]
        }),
      ),
    )
  }

  protected evaluateChunk(chunk: Chunk, before: Handed, wantsOutputs: boolean): ChunkNumbers<Handed> {
    return this.#function(chunk).evaluate(this.#graph, this.#given(chunk), { before, wantsOutputs })
  }

  protected saturationOfChunk(chunk: Chunk, before: Handed): ChunkNumbers<Handed> {
    return this.#function(chunk).saturation(this.#graph, this.#given(chunk), before)
  }

  get #graph(): LoadedGraph {
    return this.#windows.functions.graph
  }

  #function(chunk: Chunk): ChunkFunction {
    return this.#windows.functions.get(this.#signature(chunk))
  }

  #signature({ start, steps, answered }: Chunk): ChunkSignature {
    const { batch, flow = false, observed, dropsUnitsOf } = this.#options
    return {
      kind: 'chunk',
      steps,
      masked: isMasked(batch),
      answered,
      flow,
      observed,
      compensation: this.compensationOf({ start }),
      dropsUnits: dropsUnitsOf !== undefined,
    }
  }

  #given(chunk: Chunk): GivenChunk {
    const { plan } = this.#windows
    const { start, steps } = chunk
    const masks = () => drawGraphMasks(plan, this.#options.dropsUnitsOf ?? 0, { start, steps, index: this.#index })
    return { ...this.batchOf(chunk), masks, divisor: this.targetCount }
  }
}
