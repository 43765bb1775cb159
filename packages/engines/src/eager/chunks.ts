// Windows of many chunks on an eager interpreter: of each chunk only what its neighbours need stays.

import {
  computeReadout,
  backThroughSegments,
  chunkBack,
  chunksOf,
  endOf,
  flattenLayers,
  forwardThrough,
  mapTensors,
  saturation,
  segmentsOf,
  sumShapes,
  unroll,
  unweighted,
  unrollStates,
  type BackpropagateOptions,
  type Batch,
  type Chunk,
  type ChunkPasses,
  type Evaluation,
  type Network,
  type StepBatch,
  type Tensors,
  type Unrolled,
  type Window,
  type WindowPass,
} from '@unroll/bptt'
import { answeredBatch, chunkBatch, countOf, type AnsweredBatch } from './chunk_batch.ts'
import type { Interpreter } from './interpreter.ts'
import { uploadBatch } from './upload.ts'

type States<X> = readonly Tensors<X>[]

export interface ChunksGiven<X> {
  readonly network: Network
  readonly parameters: Tensors<X>
  readonly batch: Batch
  readonly window: Pick<Window, 'lossSteps' | 'advance'>
  /** Masks of the update. */
  readonly dropout: readonly Float64Array[]
}

export class EagerChunks<X> implements ChunkPasses<States<X>, Tensors<X>> {
  readonly chunks: readonly Chunk[]
  /** log₁₀ norms of each state of each layer, [T], once the window has been gone back through. */
  readonly flow: Record<string, Float32Array>[]
  readonly #interpreter: Interpreter<X>
  readonly #given: ChunksGiven<X>
  readonly #answered: AnsweredBatch
  readonly #targets: number
  readonly #options: BackpropagateOptions

  constructor(interpreter: Interpreter<X>, given: ChunksGiven<X>, options: BackpropagateOptions = {}) {
    const { network, batch, window } = given
    this.#interpreter = interpreter
    this.#given = given
    this.#options = options
    this.#answered = answeredBatch(network, batch, window.lossSteps)
    this.#targets = countOf(network, this.#answered.targets)
    const answered = network.mode === 'many_to_one' ? 1 : window.lossSteps
    this.chunks = chunksOf({ steps: batch.steps, rows: network.batchSize, answered, advance: window.advance })
    this.flow = Array.from({ length: network.layers }, () => ({}))
  }

  /** Back through the whole window. The caller frees the sums, and the carried states unless they are the initial ones. */
  back(initial: States<X>, segmentSteps: number | undefined): WindowPass<States<X>, Tensors<X>> {
    const { upload } = this.#interpreter
    const { network, window } = this.#given
    const shapes = sumShapes(network, this.#options.clipTimestep !== undefined)
    const zero = mapTensors(shapes, (shape) => upload(shape, new Float32Array(shape.reduce((a, b) => a * b, 1))))
    const { advance } = window
    return backThroughSegments(this, segmentsOf(this.chunks, segmentSteps), { initial, zero, advance })
  }

  /** The states after `advance` steps; the initial ones themselves where that is 0. */
  carried(initial: States<X>): States<X> {
    const { advance } = this.#given.window
    return forwardThrough(
      this,
      this.chunks.filter((chunk) => endOf(chunk) <= advance),
      initial,
    )
  }

  /** Loss and accuracy over all steps, what was answered where that is wanted, and the states after them. */
  evaluate(initial: States<X>, wantsOutputs: boolean): { readonly evaluation: Evaluation; readonly after: States<X> } {
    const { ops, download } = this.#interpreter
    const { parameters } = this.#given
    const network = unweighted(this.#given.network)
    const sum = { loss: 0, accuracy: 0 }
    const outputs: number[] = []
    const forward = (chunk: Chunk, before: States<X>): States<X> =>
      ops.scope(() => {
        const { batch, pass } = this.#pass(chunk, before)
        if (!chunk.answered) return pass.after
        const answer = computeReadout(ops, network, parameters, pass, { ...batch, lossSteps: chunk.steps })
        const { loss, accuracy } = answer
        sum.loss += download(loss)[0]!
        if (wantsOutputs) for (const output of download(answer.outputs)) outputs.push(output)
        if (accuracy !== undefined) sum.accuracy += download(accuracy)[0]!
        return pass.after
      })
    const after = forwardThrough({ forward, freeStates: (states) => this.freeStates(states) }, this.chunks, initial)
    const scores = network.readout.kind === 'identity' ? { loss: sum.loss } : sum
    return { evaluation: { ...scores, ...(wantsOutputs && { outputs: Float64Array.from(outputs) }) }, after }
  }

  /** Saturation over all steps by the names of its series. */
  saturation(initial: States<X>): Record<string, number> {
    const { ops, download } = this.#interpreter
    const { network, batch } = this.#given
    const means: Record<string, number> = {}
    const forward = (chunk: Chunk, before: States<X>): States<X> =>
      ops.scope(() => {
        const { pass } = this.#pass(chunk, before)
        for (const [name, mean] of Object.entries(saturation(ops, network, pass.runs)))
          means[name] = (means[name] ?? 0) + (download(mean)[0]! * chunk.steps) / batch.steps
        return pass.after
      })
    const after = forwardThrough({ forward, freeStates: (states) => this.freeStates(states) }, this.chunks, initial)
    this.freeStates(after)
    return means
  }

  forward(chunk: Chunk, before: States<X>): States<X> {
    const { ops } = this.#interpreter
    const { network, parameters } = this.#given
    return ops.scope(() => {
      const batch = this.#upload(chunk)
      return unrollStates(ops, network, parameters, batch.inputs, before, batch)
    })
  }

  segment(
    chunks: readonly Chunk[],
    before: States<X>,
    sums: Tensors<X>,
    carriedAt: number | undefined,
  ): { sums: Tensors<X>; carried?: States<X> | undefined } {
    const { ops } = this.#interpreter
    return ops.scope(() => {
      let states = before
      let carried: States<X> | undefined
      const passes = chunks.map((chunk) => {
        const made = this.#pass(chunk, states)
        states = made.pass.after
        if (endOf(chunk) === carriedAt) carried = states
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
    for (const x of Object.values(sums)) this.#interpreter.release(x)
  }

  #back(
    { chunk, batch, pass }: { chunk: Chunk; batch: StepBatch<X>; pass: Unrolled<X> },
    newer: Tensors<X>,
  ): Tensors<X> {
    const { ops, download } = this.#interpreter
    const { network, parameters } = this.#given
    const options = { ...this.#options, answered: chunk.answered }
    const { sums, flow } = chunkBack(ops, network, parameters, batch, pass.runs, newer, options)
    for (const [layer, states] of flow.entries()) {
      for (const [state, norms] of Object.entries(states)) {
        const series = (this.flow[layer]![state] ??= new Float32Array(this.#given.batch.steps))
        series.set(download(norms), chunk.start)
      }
    }
    return sums
  }

  /** Forward, everything kept. */
  #pass(chunk: Chunk, before: States<X>): { batch: StepBatch<X>; pass: Unrolled<X> } {
    const { network, parameters } = this.#given
    const batch = this.#upload(chunk)
    return { batch, pass: unroll(this.#interpreter.ops, network, parameters, batch.inputs, before, batch) }
  }

  #upload(chunk: Chunk): StepBatch<X> {
    const { network, dropout } = this.#given
    const uploaded = uploadBatch(this.#interpreter, network, chunkBatch(network, this.#answered, chunk), dropout)
    return { ...uploaded, divisor: this.#interpreter.upload([], [this.#targets]) }
  }
}
