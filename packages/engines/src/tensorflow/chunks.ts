// Windows of many chunks on TensorFlow: a run a chunk. What a run hands to the next stays in TensorFlow, and is let go
// of once no later run needs it.

import {
  backThroughSegments,
  chunksOf,
  endOf,
  forwardThrough,
  segmentsOf,
  sumShapes,
  timestepClip,
  type Batch,
  type Chunk,
  type ChunkPasses,
  type Evaluation,
  type Window,
  type WindowPass,
} from '@unroll/bptt'
import { CHUNK_ROWS_OF } from '@unroll/contract'
import { answeredBatch, chunkBatch, countOf, type AnsweredBatch } from '../eager/chunk_batch.ts'
import { HANDED } from './handed.ts'
import type { Node } from './graph.ts'
import { type Feed, type TensorId } from './runtime.ts'
import type { Run, Section, SectionShape } from './section.ts'
import { sequenceMask } from './transfer.ts'

/** Tensors by the names of HANDED. */
export type Handed = Readonly<Record<string, TensorId>>

/** What a session does for its windows. */
export interface ChunkHost {
  readonly run: Run
  /** The sections of shapes, all of which there are after one compilation. */
  sections(shapes: readonly SectionShape[]): readonly Section[]
  /** Runs the graph. The caller frees the results, once each. */
  fetch(feeds: readonly Feed[], nodes: readonly Node[]): readonly TensorId[]
  upload(node: Pick<Node, 'shape' | 'dtype'>, data: ArrayLike<number>): TensorId
  take(tensor: TensorId): Float32Array
  free(tensors: Iterable<TensorId>): void
  /** The masks of the update. */
  dropout(): ArrayLike<number>
}

/** What a pass reports beside what it adds up. */
export interface ChunksWanted {
  readonly flow?: boolean
  /** A look at the network: nothing is clipped. */
  readonly looks?: { readonly probe: boolean; readonly saturation: boolean }
  /** Whether units are dropped, as in whatever belongs to an update; true unless given. */
  readonly dropsUnits?: boolean
}

export class GraphChunks implements ChunkPasses<Handed, Handed> {
  readonly chunks: readonly Chunk[]
  /** log₁₀ norms, [T], by layer and state, `0.h`, once the window has been gone back through. */
  readonly flow: Record<string, Float32Array> = {}
  readonly #host: ChunkHost
  readonly #batch: AnsweredBatch
  readonly #targets: number
  readonly #advance: number
  readonly #wanted: ChunksWanted
  #sections: ReadonlyMap<Chunk, Section> | undefined

  constructor(
    host: ChunkHost,
    batch: Batch,
    { lossSteps, advance }: Pick<Window, 'lossSteps' | 'advance'>,
    wanted: ChunksWanted = {},
  ) {
    const { network, shards, target } = host.run
    this.#host = host
    this.#wanted = wanted
    this.#advance = advance
    this.#batch = answeredBatch(network, batch, lossSteps)
    this.#targets = countOf(network, this.#batch.targets)
    const answered = network.mode === 'many_to_one' ? 1 : lossSteps
    const rows = network.batchSize / shards
    this.chunks = chunksOf({ steps: batch.steps, rows, answered, advance, chunkRows: CHUNK_ROWS_OF[target] })
  }

  /** One for each chunk. */
  get shapes(): readonly SectionShape[] {
    const masked = this.#batch.batch.lengths !== undefined
    return this.chunks.map(({ steps, answered }) => ({
      kind: 'chunk',
      steps,
      lossSteps: answered ? steps : 0,
      advance: steps,
      from: 'carried',
      masked,
      flow: this.#wanted.flow === true,
      observed: this.#wanted.looks,
      ...(this.#wanted.dropsUnits === false && { evaluates: true }),
    }))
  }

  /** Back through the whole window. The caller frees the sums, and the carried states unless they are the initial ones. */
  back(initial: Handed, segmentSteps: number | undefined): WindowPass<Handed, Handed> {
    const { network, program, shards } = this.#host.run
    const clips = this.#wanted.looks === undefined && timestepClip(program.clipping) !== undefined
    const shapes = sumShapes({ ...network, batchSize: network.batchSize / shards }, clips)
    const zero: Record<string, TensorId> = {}
    for (let shard = 0; shard < shards; shard++) {
      for (const [name, shape] of Object.entries(shapes)) {
        const zeros = new Float32Array(shape.reduce((a, b) => a * b, 1))
        zero[`${HANDED.sums}${shard}.${name}`] = this.#host.upload({ shape, dtype: 'float32' }, zeros)
      }
    }
    const segments = segmentsOf(this.chunks, segmentSteps)
    return backThroughSegments(this, segments, { initial, zero, advance: this.#advance })
  }

  /** The states after `advance` steps; the initial ones themselves where that is 0. */
  carried(initial: Handed): Handed {
    const before = this.chunks.filter((chunk) => endOf(chunk) <= this.#advance)
    return forwardThrough(this, before, initial)
  }

  /** Loss and accuracy over all steps, what was answered where that is wanted, and the states after them. */
  evaluate(initial: Handed, wantsOutputs: boolean): { readonly evaluation: Evaluation; readonly after: Handed } {
    const sums: Record<string, number> = { loss: 0 }
    const outputs: Float32Array[] = []
    const what = [HANDED.answer, ...(wantsOutputs ? [HANDED.outputs] : [])]
    const after = this.#forwardReading(initial, what, (name, numbers, { answered }) => {
      const [, answer] = name.split('.')
      if (answer !== 'all') sums[answer!] = (sums[answer!] ?? 0) + numbers[0]!
      else if (answered) outputs.push(numbers)
    })
    const { loss, accuracy } = sums
    const { network, shards } = this.#host.run
    const read = wantsOutputs && { outputs: joinOutputs(outputs, network, shards) }
    return { evaluation: { loss: loss!, ...(accuracy !== undefined && { accuracy }), ...read }, after }
  }

  /** Saturation over all steps, and spectral radii, by the names of their series. */
  saturation(initial: Handed): Record<string, number> {
    const { shards } = this.#host.run
    const means: Record<string, number> = {}
    const radii: Record<string, number> = {}
    const read = (name: string, [value]: Float32Array, { steps }: Chunk): void => {
      const series = name.slice(name.indexOf('.') + 1)
      means[series] = (means[series] ?? 0) + (value! * steps) / (this.#batch.batch.steps * shards)
    }
    this.freeStates(this.#forwardReading(initial, [HANDED.saturation], read))
    const [first] = this.chunks
    const looked = this.#run(first!, initial, [HANDED.radii])
    for (const [name, tensor] of Object.entries(looked))
      radii[name.slice(HANDED.radii.length)] = this.#host.take(tensor)[0]!
    return { ...means, ...radii }
  }

  forward(chunk: Chunk, before: Handed): Handed {
    return this.#run(chunk, before, [HANDED.states])
  }

  segment(
    chunks: readonly Chunk[],
    before: Handed,
    sums: Handed,
    carriedAt: number | undefined,
  ): { sums: Handed; carried?: Handed | undefined } {
    let states = before
    let carried: Handed | undefined
    const passes: { chunk: Chunk; kept: Handed }[] = []
    for (const chunk of chunks) {
      const made = this.#run(chunk, states, [HANDED.keptStates, HANDED.kept])
      if (states !== before && states !== carried) this.freeStates(states)
      states = renamed(made, HANDED.keptStates, HANDED.states)
      if (endOf(chunk) === carriedAt) carried = states
      passes.push({ chunk, kept: renamed(made, HANDED.kept, HANDED.kept) })
    }
    if (states !== carried) this.freeStates(states)
    let all = sums
    for (const { chunk, kept } of passes.toReversed()) {
      const given = this.#wanted.flow === true ? [HANDED.sums, HANDED.flow] : [HANDED.sums]
      const back = this.#run(chunk, { ...kept, ...all }, given)
      this.#host.free(new Set(Object.values(kept)))
      if (all !== sums) this.freeSums(all)
      all = renamed(back, HANDED.sums, HANDED.sums)
      this.#readFlow(chunk, back)
    }
    return { sums: all, carried }
  }

  freeStates(states: Handed): void {
    this.#host.free(new Set(Object.values(states)))
  }

  freeSums(sums: Handed): void {
    this.freeStates(sums)
  }

  #readFlow({ start }: Chunk, back: Handed): void {
    for (const [name, tensor] of Object.entries(back)) {
      if (!name.startsWith(HANDED.flow)) continue
      const series = (this.flow[name.slice(HANDED.flow.length)] ??= new Float32Array(this.#batch.batch.steps))
      series.set(this.#host.take(tensor), start)
    }
  }

  /** Forward through all chunks, reading numbers of each. */
  #forwardReading(
    initial: Handed,
    what: readonly string[],
    read: (name: string, numbers: Float32Array, chunk: Chunk) => void,
  ): Handed {
    const forward = (chunk: Chunk, before: Handed): Handed => {
      const made = this.#run(chunk, before, [HANDED.keptStates, ...what])
      for (const [name, tensor] of Object.entries(made)) {
        const prefix = what.find((each) => name.startsWith(each))
        if (prefix !== undefined) read(name.slice(prefix.length), this.#host.take(tensor), chunk)
      }
      return renamed(made, HANDED.keptStates, HANDED.states)
    }
    return forwardThrough({ forward, freeStates: (states) => this.freeStates(states) }, this.chunks, initial)
  }

  #section(chunk: Chunk): Section {
    if (this.#sections === undefined) {
      const sections = this.#host.sections(this.shapes)
      this.#sections = new Map(this.chunks.map((each, index) => [each, sections[index]!]))
    }
    return this.#sections.get(chunk)!
  }

  /** One run: the tensors that a chunk gives whose names begin with one of `what`. */
  #run(chunk: Chunk, handed: Handed, what: readonly string[]): Handed {
    const section = this.#section(chunk)
    const { batch, targets } = chunkBatch(this.#host.run.network, this.#batch, chunk)
    const numbers: readonly [Node | undefined, () => ArrayLike<number>][] = [
      [section.inputs, () => batch.inputs],
      [section.targets, () => targets],
      [section.mask, () => sequenceMask(batch)],
      [section.dropout, () => this.#host.dropout()],
      [section.divisor, () => [this.#targets]],
    ]
    const own = numbers.flatMap(([node, values]): Feed[] =>
      node === undefined ? [] : [[node, this.#host.upload(node, values())]],
    )
    const given = Object.entries(section.takes!).flatMap(([name, node]): Feed[] =>
      handed[name] === undefined ? [] : [[node, handed[name]]],
    )
    const gives = Object.entries(section.gives!).filter(([name]) => what.some((prefix) => name.startsWith(prefix)))
    try {
      return fetchNamed(this.#host, [...own, ...given], gives)
    } finally {
      this.#host.free(own.map(([, tensor]) => tensor))
    }
  }
}

/** The outputs of chunk after chunk, each shard by shard, as those of whole batches, step after step. */
function joinOutputs(
  parts: readonly Float32Array[],
  { batchSize, readout }: Pick<Run['network'], 'batchSize' | 'readout'>,
  shards: number,
): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  const width = (batchSize / shards) * readout.size // of a step of a shard
  let first = 0
  for (let chunk = 0; chunk < parts.length; chunk += shards) {
    const steps = parts[chunk]!.length / width
    for (let shard = 0; shard < shards; shard++)
      for (let t = 0; t < steps; t++)
        all.set(parts[chunk + shard]!.subarray(t * width, (t + 1) * width), first + (t * shards + shard) * width)
    first += steps * width * shards
  }
  return all
}

/** Tensors by name; names of one node share its tensor. */
export function fetchNamed(
  host: Pick<ChunkHost, 'fetch'>,
  feeds: readonly Feed[],
  gives: readonly (readonly [name: string, node: Node])[],
): Handed {
  if (gives.length === 0) return {} // of a cell without recurrent weights there are no radii, and TensorFlow refuses to run for nothing
  const nodes = [...new Map(gives.map(([, node]) => [node.name, node])).values()]
  const tensors = host.fetch(feeds, nodes)
  const byNode = new Map(nodes.map(({ name }, index) => [name, tensors[index]!]))
  return Object.fromEntries(gives.map(([name, node]) => [name, byNode.get(node.name)!]))
}

function renamed(handed: Handed, from: string, to: string): Handed {
  return Object.fromEntries(
    Object.entries(handed)
      .filter(([name]) => name.startsWith(from))
      .map(([name, tensor]) => [to + name.slice(from.length), tensor]),
  )
}
