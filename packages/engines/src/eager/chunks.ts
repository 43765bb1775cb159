// The chunks of a long window on an eager interpreter. Only the tensors that neighbouring chunks need stay in memory.

import {
  evaluateReadout,
  chunkBack,
  chunkEnd,
  chunkProbe,
  flattenLayers,
  mapTensors,
  probedShapes,
  saturation,
  sumShapes,
  unroll,
  unrollStates,
  type BackpropagateOptions,
  type Chunk,
  type StepBatch,
  type Tensors,
  type Unrolled,
} from '@unroll/bptt'
import { drawMasks, type MaskedUpdate } from '../session/masks.ts'
import { WindowChunks, type ChunkedWindow, type ChunkNumbers } from '../session/window_chunks.ts'
import type { Interpreter } from './interpreter.ts'
import { uploadBatch } from './upload.ts'

type States<X> = readonly Tensors<X>[]

export interface EagerWindow<X> extends ChunkedWindow {
  readonly interpreter: Interpreter<X>
  readonly parameters: Tensors<X>
  /** What masks are drawn of; none in an evaluation. */
  readonly masked?: MaskedUpdate | undefined
  readonly options?: BackpropagateOptions
  /** Whether the way back is that of the probe. */
  readonly probes: boolean
}

export class EagerChunks<X> extends WindowChunks<States<X>, Tensors<X>> {
  readonly #window: EagerWindow<X>
  readonly #options: BackpropagateOptions

  constructor(window: EagerWindow<X>) {
    super(window)
    this.#window = window
    this.#options = window.options ?? {}
  }

  forward(chunk: Chunk, before: States<X>): States<X> {
    const { interpreter, network, parameters } = this.#window
    const { ops } = interpreter
    return ops.scope(() => {
      const batch = this.#upload(chunk)
      return unrollStates({ ops, network, parameters }, batch.inputs, before, batch)
    })
  }

  segment(
    chunks: readonly Chunk[],
    before: States<X>,
    sums: Tensors<X>,
    carriedAt: number | undefined,
  ): { sums: Tensors<X>; carried?: States<X> | undefined } {
    const { ops } = this.#window.interpreter
    return ops.scope(() => {
      let states = before
      let carried: States<X> | undefined
      const passes = chunks.map((chunk) => {
        const made = this.#pass(chunk, states)
        states = made.pass.after
        if (chunkEnd(chunk) === carriedAt) carried = states
        return { chunk, ...made }
      })
      let all = sums
      for (const made of passes.toReversed()) {
        const newer = all
        all = ops.scope(() => this.#back(made, newer))
      }
      return { sums: all, carried }
    })
  }

  freeStates(states: States<X>): void {
    this.freeSums(flattenLayers(states))
  }

  freeSums(sums: Tensors<X>): void {
    for (const x of Object.values(sums)) this.#window.interpreter.release(x)
  }

  protected zeroSums(): Tensors<X> {
    const { upload } = this.#window.interpreter
    const shapes = this.#window.probes
      ? probedShapes(this.network)
      : sumShapes(this.network, this.#options.clipTimestep !== undefined)
    return mapTensors(shapes, (shape) => upload(shape, new Float32Array(shape.reduce((a, b) => a * b, 1))))
  }

  protected evaluateChunk(chunk: Chunk, before: States<X>, wantsOutputs: boolean): ChunkNumbers<States<X>> {
    const { interpreter, network, parameters } = this.#window
    const { ops } = interpreter
    return ops.scope(() => {
      const { batch, pass } = this.#pass(chunk, before)
      if (chunk.answered === 0) return { after: pass.after, shards: [] }
      const answer = evaluateReadout({ ops, network, parameters }, pass, { ...batch, lossSteps: chunk.answered })
      const { loss, accuracy } = answer
      return {
        after: pass.after,
        shards: [this.#numbers({ loss, ...(accuracy !== undefined && { accuracy }) })],
        ...(wantsOutputs && { outputs: [interpreter.download(answer.outputs)] }),
      }
    })
  }

  protected saturationOfChunk(chunk: Chunk, before: States<X>): ChunkNumbers<States<X>> {
    const { ops } = this.#window.interpreter
    return ops.scope(() => {
      const { pass } = this.#pass(chunk, before)
      return { after: pass.after, shards: [this.#numbers(saturation(ops, this.network, pass.runs))] }
    })
  }

  #numbers(scalars: Tensors<X>): Readonly<Record<string, number>> {
    return mapTensors(scalars, (scalar) => this.#window.interpreter.download(scalar)[0]!)
  }

  #back(
    { chunk, batch, pass }: { chunk: Chunk; batch: StepBatch<X>; pass: Unrolled<X> },
    newer: Tensors<X>,
  ): Tensors<X> {
    const { interpreter, network, parameters, probes } = this.#window
    const bound = { ops: interpreter.ops, network, parameters }
    const backward = { batch, runs: pass.runs, sums: newer, answered: chunk.answered }
    const { sums, flow } = probes
      ? chunkProbe(bound, backward)
      : chunkBack(bound, backward, { ...this.#options, compensation: this.compensationOf(chunk) })
    this.placeFlow(
      chunk,
      flow.map((states) => mapTensors(states, (norms) => Float32Array.from(interpreter.download(norms)))),
    )
    return sums
  }

  /** Goes forward and keeps everything for the backward pass. */
  #pass(chunk: Chunk, before: States<X>): { batch: StepBatch<X>; pass: Unrolled<X> } {
    const { interpreter, network, parameters } = this.#window
    const batch = this.#upload(chunk)
    return { batch, pass: unroll({ ops: interpreter.ops, network, parameters }, batch.inputs, before, batch) }
  }

  #upload(chunk: Chunk): StepBatch<X> {
    const { interpreter, network, masked } = this.#window
    const uploaded = uploadBatch(interpreter, network, this.batchOf(chunk), masked && drawMasks(masked, chunk))
    return { ...uploaded, divisor: interpreter.upload([], [this.targetCount]) }
  }
}
