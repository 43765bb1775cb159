// The part of chunked windows that all engines share: numbers are summed chunk by chunk.

import {
  backThroughSegments,
  cutChunks,
  chunkEnd,
  forwardThrough,
  groupSegments,
  type Batch,
  type Chunk,
  type ChunkPasses,
  type Compensation,
  type Evaluation,
  type HostTensor,
  type Network,
  type Window,
  type WindowPass,
  type WindowShape,
} from '@unroll/bptt'
import { answeredBatch, chunkBatch, type AnsweredBatch } from './batch.ts'
import type { LayerNorms } from './flow.ts'

/** A window and the size of its chunks. */
export interface ChunkedWindow {
  readonly network: Network
  readonly batch: Batch
  readonly window: Pick<Window, 'lossSteps' | 'advance' | 'compensation'>
  readonly chunking: Pick<WindowShape, 'rows' | 'chunkRows'>
  /** How many targets the loss is averaged over. */
  readonly targetCount: number
}

/** The numbers of a chunk by shard and name, and the states after the chunk. */
export interface ChunkNumbers<States> {
  readonly after: States
  readonly shards: readonly Readonly<Record<string, number>>[]
  /** Outputs of the read-out of the chunk, [steps·N,K] of each shard; absent where none are wanted, or it has no targets. */
  readonly outputs?: readonly HostTensor['data'][]
}

export abstract class WindowChunks<States, Sums> implements ChunkPasses<States, Sums> {
  readonly chunks: readonly Chunk[]
  /** log₁₀ norms of each state of each layer, [T], or what a probe finds of it, T lists; filled by `back`. */
  readonly flow: readonly LayerNorms[]
  protected readonly network: Network
  protected readonly targetCount: number
  readonly #answered: AnsweredBatch
  readonly #advance: number
  readonly #compensation: Compensation | undefined

  constructor({ network, batch, window, chunking, targetCount }: ChunkedWindow) {
    const { lossSteps, advance, compensation } = window
    this.network = network
    this.#advance = advance
    this.#compensation = compensation
    this.#answered = answeredBatch(network, batch, lossSteps)
    this.targetCount = targetCount
    const answered = network.mode === 'many_to_one' ? 1 : lossSteps
    const { bidirectional } = network
    this.chunks = cutChunks({ steps: batch.steps, answered, advance, bidirectional, ...chunking })
    this.flow = network.layers.map(() => ({}))
  }

  abstract forward(chunk: Chunk, before: States): States
  abstract segment(
    chunks: readonly Chunk[],
    before: States,
    sums: Sums,
    carriedAt: number | undefined,
  ): { readonly sums: Sums; readonly carried?: States | undefined }
  abstract freeStates(states: States): void
  abstract freeSums(sums: Sums): void
  /** Makes the sums that the newest chunk adds to. */
  protected abstract zeroSums(): Sums
  /** Computes loss and accuracy as shares of those of the window; neither where the chunk has no targets. */
  protected abstract evaluateChunk(chunk: Chunk, before: States, wantsOutputs: boolean): ChunkNumbers<States>
  /** Computes means over the steps of the chunk. */
  protected abstract saturationOfChunk(chunk: Chunk, before: States): ChunkNumbers<States>

  /**
   * Goes backward through the window. The caller frees the sums, and the carried states unless they are the initial ones.
   *
   * @param sums What is added to, and freed; zeros unless given.
   */
  back(initial: States, segmentSteps: number | undefined, sums: Sums = this.zeroSums()): WindowPass<States, Sums> {
    const segments = groupSegments(this.chunks, segmentSteps)
    return backThroughSegments(this, segments, { initial, zero: sums, advance: this.#advance })
  }

  /** Computes the states after `advance` steps; these are the initial states where that is 0. */
  carried(initial: States): States {
    const before = this.chunks.filter((chunk) => chunkEnd(chunk) <= this.#advance)
    return forwardThrough(this, before, initial)
  }

  /** Computes loss and accuracy over all steps, the outputs if they are wanted, and the states after them. */
  evaluate(initial: States, wantsOutputs: boolean): { readonly evaluation: Evaluation; readonly after: States } {
    const sums: Record<string, number> = { loss: 0 }
    const outputs: (readonly HostTensor['data'][])[] = []
    const after = this.#forwardAdding(
      initial,
      (chunk, before) => {
        const numbers = this.evaluateChunk(chunk, before, wantsOutputs)
        if (numbers.outputs !== undefined) outputs.push(numbers.outputs)
        return numbers
      },
      (name, value) => {
        sums[name] = (sums[name] ?? 0) + value
      },
    )
    const { loss = 0, accuracy } = sums
    const answers = wantsOutputs && { outputs: joinOutputs(outputs, this.network) }
    return { evaluation: { loss, ...(accuracy !== undefined && { accuracy }), ...answers }, after }
  }

  /** Computes saturation over all steps, by the names of its series. */
  saturation(initial: States): Readonly<Record<string, number>> {
    const means: Record<string, number> = {}
    const after = this.#forwardAdding(
      initial,
      (chunk, before) => this.saturationOfChunk(chunk, before),
      (name, mean, { steps, shards }) => {
        means[name] = (means[name] ?? 0) + (mean * steps) / (this.#answered.batch.steps * shards)
      },
    )
    this.freeStates(after)
    return means
  }

  /** The steps of a chunk, as views of the batch. */
  protected batchOf(chunk: Chunk): AnsweredBatch {
    return chunkBatch(this.network, this.#answered, chunk)
  }

  /** What the gradients within a chunk are multiplied by from step to step. */
  protected compensationOf({ start }: Pick<Chunk, 'start'>): Compensation | undefined {
    const whole = this.#compensation
    return whole && { ...whole, offset: start % whole.every }
  }

  /** Copies the norms of a chunk, by layer and state, into the flow. */
  protected placeFlow({ start, steps }: Chunk, layers: readonly LayerNorms[]): void {
    for (const [layer, states] of layers.entries()) {
      const series = this.flow[layer] as Record<string, Float32Array>
      for (const [state, norms] of Object.entries(states)) {
        const width = norms.length / steps
        series[state] ??= new Float32Array(this.#answered.batch.steps * width)
        series[state].set(norms, start * width)
      }
    }
  }

  /** Goes forward through all chunks and adds the numbers of each. */
  #forwardAdding(
    initial: States,
    numbersOf: (chunk: Chunk, before: States) => ChunkNumbers<States>,
    add: (name: string, value: number, of: { readonly steps: number; readonly shards: number }) => void,
  ): States {
    const forward = (chunk: Chunk, before: States): States => {
      const { after, shards } = numbersOf(chunk, before)
      const of = { steps: chunk.steps, shards: shards.length }
      for (const numbers of shards) for (const [name, value] of Object.entries(numbers)) add(name, value, of)
      return after
    }
    return forwardThrough({ forward, freeStates: (states) => this.freeStates(states) }, this.chunks, initial)
  }
}

/** Outputs of chunk after chunk, each shard by shard, as those of whole batches, step after step. */
export function joinOutputs(
  chunks: readonly (readonly HostTensor['data'][])[],
  { batchSize, readout }: Pick<Network, 'batchSize' | 'readout'>,
): HostTensor['data'] {
  const length = chunks.flat().reduce((sum, part) => sum + part.length, 0)
  const all = chunks[0]?.[0] instanceof Float64Array ? new Float64Array(length) : new Float32Array(length)
  let first = 0
  for (const shards of chunks) {
    const width = (batchSize / shards.length) * readout.size // of a step of a shard
    for (const [shard, part] of shards.entries())
      for (let at = 0; at < part.length; at += width)
        all.set(part.subarray(at, at + width), first + at * shards.length + shard * width)
    first += (shards[0]?.length ?? 0) * shards.length
  }
  return all
}
