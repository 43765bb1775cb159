// One run on TensorFlow. The graph holds a section for every shape of batch met so far; a new shape means a new graph,
// which takes over what the variables of the old one hold.

import {
  initialState,
  isOneChunk,
  mapTensors,
  networkOf,
  stateShapes,
  updateScalars,
  type Batch,
  type EvaluateOptions,
  type Evaluation,
  type Flow,
  type Network,
  type Program,
  type Session,
  type StepOptions,
  type StepReport,
  type TrainingState,
  type TruncationBias,
  type Window,
} from '@unroll/bptt'
import type { Binding } from '@unroll/libtensorflow'
import { CHUNK_ROWS_OF, shardCount } from '@unroll/contract'
import { windowTargets, checkBatch, checkState } from '../eager/check.ts'
import { longEvaluation, longForward, longStep, type LongHost } from './long_window.ts'
import { compileProgram, variableShapes, type CompiledProgram } from './program.ts'
import type { Node } from './graph.ts'
import type { Target } from './placement.ts'
import { LoadedGraph, takeTensor, uploadTensor, type Feed, type Placing, type TensorId } from './runtime.ts'
import { SCALARS, shapeOf, type Run, type Scalar, type Section, type SectionShape } from './section.ts'
import { dropoutOf, sequenceMask, readFlow, readMetrics } from './transfer.ts'
import type { Shapes } from './variables.ts'

export interface TensorflowOptions {
  /** The most equal parts a batch is cut into where the program does not say: how many cores there are. */
  readonly shards: number
  readonly target: Target
  /** Whether TensorFlow must compute every operation where its graph asks for; else what a device cannot do is done by the CPU. */
  readonly strict: boolean
  /** Whether devices of the CPU stand in for the GPUs, as many as there would be: what several compute together is then tried without any. */
  readonly standIn: boolean
}

/** What a run of a section is given and asked for beside its batch and report. */
interface Wanted {
  readonly scalars?: readonly number[]
  /** What is read beside the report: the metrics of a step, the outputs of an evaluation. */
  readonly metrics?: Node | undefined
  readonly flow?: Node | undefined
}

interface Loaded {
  readonly compiled: CompiledProgram
  readonly graph: LoadedGraph
}

export class TensorflowSession implements Session {
  readonly #binding: Binding
  readonly #network: Network
  readonly #program: Program
  readonly #run: Run
  readonly #placing: Placing
  readonly #variables: Shapes
  readonly #onDispose: () => void
  /** Shapes met so far, by their key. */
  readonly #shapes = new Map<string, SectionShape>()
  /** What the variables are to hold, until there is a graph. */
  #pending: Map<string, TensorId>
  #loaded: Loaded | undefined
  /** Updates applied. */
  #updates: number
  /** Whether an evaluation has left a state to go on from. */
  #evaluated = false

  constructor(
    {
      binding,
      shards,
      target,
      strict,
      standIn,
      onDispose,
    }: { binding: Binding; onDispose: () => void } & TensorflowOptions,
    program: Program,
    state: TrainingState | undefined,
  ) {
    this.#binding = binding
    this.#program = program
    this.#network = networkOf(program)
    const { gpus = 1 } = program
    this.#run = {
      network: this.#network,
      program,
      shards: shardCount(program.batchSize, program.shards ?? shards),
      gpus,
      target,
    }
    if (this.#run.shards % gpus !== 0) {
      throw new RangeError(
        `Cannot spread ${this.#run.shards} shards over the GPUs as each must have as many: current value is ${gpus}`,
      )
    }
    // What a GPU that TensorFlow does not take should compute must not end up on another in silence.
    this.#placing = { strict: strict || (gpus > 1 && binding.isUsingGpuDevice()), standIns: standIn ? gpus : 0 }
    this.#variables = variableShapes(this.#network, program)
    this.#onDispose = onDispose
    this.#updates = state?.updates ?? 0
    const tensors = state?.tensors ?? initialState(this.#network, program)
    checkState(stateShapes(this.#network, program), tensors)
    this.#pending = new Map(
      Object.entries(this.#variables).map(([name, shape]) => {
        const data = tensors[name]?.data ?? new Float32Array(shape.reduce((a, b) => a * b, 1))
        return [name, uploadTensor(binding, { shape, dtype: 'float32' }, data)]
      }),
    )
  }

  /** Tensors held in variables. */
  get live(): number {
    return this.#loaded === undefined ? 0 : Object.keys(this.#variables).length
  }

  async step(batch: Batch, window: Window, options: StepOptions): Promise<StepReport> {
    checkBatch(this.#network, batch, window)
    if (this.#isLong(batch)) return longStep(this.#long, batch, window, options)
    const { probe = false, saturation = false } = options
    const looks = probe || saturation ? [shapeOf('observe', batch, window, { observed: { probe, saturation } })] : []
    const [section, look] = this.#sections([
      shapeOf('step', batch, window, { flow: options.flow || probe }),
      ...looks,
    ]) as [Section, Section?]
    const seen = look === undefined ? {} : this.#observe(look, batch, window, options)
    const scalars = Object.values(updateScalars(this.#program.optimizer, options.learningRate, this.#updates + 1))
    const { metrics, flow } = section
    const [report, observed, norms] = this.#compute(section, batch, window, {
      scalars,
      metrics: options.metrics ? metrics?.node : undefined,
      flow: flow?.node,
    })
    const read = SCALARS.map((name, index) => [name, report[index]!] as const)
    const { finite, updated, ...numbers } = Object.fromEntries(read) as Record<Scalar, number>
    if (updated === 1) this.#updates += 1
    return {
      ...numbers,
      finite: finite === 1,
      updated: updated === 1,
      ...(observed && metrics && readMetrics(observed, metrics)),
      ...(norms && flow && { flow: { ...readFlow(norms, flow.states, batch.steps), ...seen.probe } }),
      ...seen.saturation,
    }
  }

  async forward(batch: Batch, { from, advance }: Pick<Window, 'from' | 'advance'>): Promise<void> {
    const window = { from, advance, lossSteps: 1 }
    checkBatch(this.#network, batch, window)
    if (this.#isLong(batch)) return longForward(this.#long, batch, window)
    this.#compute(this.#section('forward', batch, window), batch, window)
  }

  async evaluate(batch: Batch, { from, outputs = false }: EvaluateOptions = { from: 'initial' }): Promise<Evaluation> {
    const { steps } = batch
    const window = { from: this.#evaluated ? from : 'initial', lossSteps: steps, advance: steps } as const
    checkBatch(this.#network, batch, window)
    if (this.#isLong(batch)) {
      const evaluation = longEvaluation(this.#long, batch, window, outputs)
      this.#evaluated = true
      return evaluation
    }
    const section = this.#section('evaluate', batch, window)
    const wanted = outputs ? { metrics: section.outputs } : {}
    const [[loss, accuracy], answered] = this.#compute(section, batch, window, wanted)
    this.#evaluated = true
    return { loss: loss!, ...(accuracy !== undefined && { accuracy }), ...(answered && { outputs: answered }) }
  }

  async truncationBias(
    batch: Batch,
    truncation: { readonly k1: number; readonly k2: number },
  ): Promise<TruncationBias> {
    const window = { from: 'initial', lossSteps: batch.steps, advance: 0 } as const
    checkBatch(this.#network, batch, window)
    const [[relative, cosine]] = this.#compute(this.#section('bias', batch, window, { truncation }), batch, window)
    return { relative: relative!, cosine: cosine! }
  }

  async state(): Promise<TrainingState> {
    const shapes = stateShapes(this.#network, this.#program)
    const names = Object.keys(shapes)
    const loaded = this.#loaded ?? this.#load()
    const tensors = loaded.graph.run(
      [],
      names.map((name) => loaded.compiled.held[name]!),
    )
    const read = new Map(names.map((name, index) => [name, takeTensor(this.#binding, tensors[index]!)]))
    return { tensors: mapTensors(shapes, (shape, name) => ({ shape, data: read.get(name)! })), updates: this.#updates }
  }

  dispose(): void {
    this.#loaded?.graph.release()
    this.#loaded = undefined
    this.#free(this.#pending.values())
    this.#pending.clear()
    this.#onDispose()
  }

  /** Probe flow and saturation before the step, as parts of its report. */
  #observe(
    section: Section,
    batch: Batch,
    window: Window,
    { probe = false, saturation = false }: StepOptions,
  ): { probe?: Pick<Flow, 'probe'>; saturation?: Pick<StepReport, 'saturation'> } {
    const [report] = this.#compute(section, batch, window)
    const T = batch.steps
    const layers = probe ? this.#network.layers : 0
    const norms = Array.from({ length: layers }, (_, layer) => report.slice(layer * T, (layer + 1) * T))
    const values = section.saturation?.map((name, index) => [name, report[layers * T + index]!] as const)
    return {
      ...(probe && { probe: { probe: norms } }),
      ...(saturation && { saturation: { saturation: Object.fromEntries(values ?? []) } }),
    }
  }

  #isLong({ steps }: Batch): boolean {
    const { shards, target } = this.#run
    return !isOneChunk({ steps, rows: this.#network.batchSize / shards, chunkRows: CHUNK_ROWS_OF[target] })
  }

  /** What windows of many chunks need of the session. */
  get #long(): LongHost {
    const binding = this.#binding
    return {
      run: this.#run,
      sections: (shapes) => this.#sections(shapes),
      fetch: (feeds, nodes) => this.#loaded!.graph.run(feeds, nodes),
      upload: (node, data) => uploadTensor(binding, node, data),
      take: (tensor) => takeTensor(binding, tensor),
      free: (tensors) => this.#free(tensors),
      dropout: () => dropoutOf(this.#network, this.#program.seed, this.#updates),
      scalars: (learningRate) => Object.values(updateScalars(this.#program.optimizer, learningRate, this.#updates + 1)),
      updated: () => void (this.#updates += 1),
    }
  }

  /** The sections of shapes, in one compilation. */
  #sections(shapes: readonly SectionShape[]): readonly Section[] {
    const known = this.#shapes.size
    for (const shape of shapes)
      this.#shapes.set(JSON.stringify(shape), this.#shapes.get(JSON.stringify(shape)) ?? shape)
    const isNew = this.#shapes.size > known
    const { compiled } = isNew || this.#loaded === undefined ? this.#load() : this.#loaded
    const keys = [...this.#shapes.keys()]
    return shapes.map((shape) => compiled.sections[keys.indexOf(JSON.stringify(shape))]!)
  }

  /** The section for a shape of batch, compiled if it is the first of its shape. */
  #section(...shape: Parameters<typeof shapeOf>): Section {
    return this.#sections([shapeOf(...shape)])[0]!
  }

  /** Compiles the graph of all shapes, and hands it what the variables hold. */
  #load(): Loaded {
    this.#unload()
    const compiled = compileProgram(this.#run, [...this.#shapes.values()])
    const graph = new LoadedGraph(this.#binding, compiled.graph, this.#placing)
    const feeds = [...this.#pending].map(([name, tensor]): Feed => [compiled.initial[name]!, tensor])
    this.#free(graph.run(feeds, [compiled.initialized]))
    this.#free(this.#pending.values())
    this.#pending.clear()
    this.#loaded = { compiled, graph }
    return this.#loaded
  }

  /** Takes what the variables hold out of the graph, and lets it go. */
  #unload(): void {
    if (this.#loaded === undefined) return
    const { compiled, graph } = this.#loaded
    const names = Object.keys(this.#variables)
    const tensors = graph.run(
      [],
      names.map((name) => compiled.held[name]!),
    )
    this.#pending = new Map(names.map((name, index) => [name, tensors[index]!]))
    graph.release()
    this.#loaded = undefined
  }

  /** The numbers of a section's report, and of what else is wanted. */
  #compute(
    section: Section,
    batch: Batch,
    { lossSteps }: Pick<Window, 'lossSteps'>,
    { scalars = [], metrics, flow }: Wanted = {},
  ): [Float32Array, Float32Array | undefined, Float32Array | undefined] {
    const network = this.#network
    const { seed } = this.#program
    const numbers: readonly [Node | undefined, () => ArrayLike<number>][] = [
      [section.inputs, () => batch.inputs],
      [section.targets, () => windowTargets(network, batch, lossSteps)],
      [section.scalars, () => scalars],
      [section.mask, () => sequenceMask(batch)],
      [section.dropout, () => dropoutOf(network, seed, this.#updates)],
    ]
    const feeds = numbers.flatMap(([node, values]): Feed[] =>
      node === undefined ? [] : [[node, uploadTensor(this.#binding, node, values())]],
    )
    try {
      const wanted = [section.report, metrics, flow].filter((node) => node !== undefined)
      const results = this.#loaded!.graph.run(feeds, wanted).map((tensor) => takeTensor(this.#binding, tensor))
      const report = results.shift()!
      return [report, metrics && results.shift(), flow && results.shift()]
    } finally {
      this.#free(feeds.map(([, tensor]) => tensor))
    }
  }

  #free(tensors: Iterable<TensorId>): void {
    for (const tensor of tensors) this.#binding.deleteTensor(tensor)
  }
}
