// The compiled functions of a run, all in one graph. A new signature compiles a new graph, which takes over the values of the
// variables.

import { mapTensors, type HostTensor, type Shapes, type Tensors } from '@unroll/bptt'
import type { Binding } from '@unroll/libtensorflow'
import type { GraphPlan } from './functions/builder.ts'
import type { CompiledFunction, Signature } from './functions/functions.ts'
import { compileProgram, variableShapes, type CompiledProgram } from './program.ts'
import { LoadedGraph, uploadTensor, type Feed, type Placing, type TensorId } from './graph/runtime.ts'

interface Loaded {
  readonly program: CompiledProgram
  readonly graph: LoadedGraph
  readonly functions: ReadonlyMap<string, CompiledFunction>
}

export class FunctionCache {
  readonly #binding: Binding
  readonly #plan: GraphPlan
  readonly #placing: Placing
  readonly #variables: Shapes
  /** Signatures met so far, by their key. */
  readonly #signatures = new Map<string, Signature>()
  /** The values of the variables while there is no graph. */
  #pending: Tensors<TensorId>
  #loaded: Loaded | undefined

  /** @param tensors The first values of the variables; zeros where a name is missing. */
  constructor(
    binding: Binding,
    { plan, placing }: { readonly plan: GraphPlan; readonly placing: Placing },
    tensors: Readonly<Record<string, HostTensor>>,
  ) {
    this.#binding = binding
    this.#plan = plan
    this.#placing = placing
    this.#variables = variableShapes(plan.network, plan.program)
    this.#pending = mapTensors(this.#variables, (shape, name) => {
      const data = tensors[name]?.data ?? new Float32Array(shape.reduce((a, b) => a * b, 1))
      return uploadTensor(binding, { shape, dtype: 'float32' }, data)
    })
  }

  /** Tensors held in variables. */
  get live(): number {
    return this.#loaded === undefined ? 0 : Object.keys(this.#variables).length
  }

  /** The graph of all functions. The next new signature replaces it. */
  get graph(): LoadedGraph {
    return this.#current().graph
  }

  /** Compiles all missing functions in one compilation. */
  compile(signatures: readonly Signature[]): void {
    const known = this.#signatures.size
    for (const signature of signatures) {
      const key = JSON.stringify(signature)
      if (!this.#signatures.has(key)) this.#signatures.set(key, signature)
    }
    if (this.#signatures.size > known) this.#load()
  }

  /** Gives the function of a signature, and compiles it where it is missing. */
  get<Given extends Signature>(signature: Given): CompiledFunction<Given> {
    const key = JSON.stringify(signature)
    if (!this.#signatures.has(key)) this.compile([signature])
    return this.#current().functions.get(key) as CompiledFunction<Given>
  }

  /** Reads the values of variables. */
  read(names: readonly string[]): Readonly<Record<string, Float32Array>> {
    const { graph, program } = this.#current()
    return graph.read([], Object.fromEntries(names.map((name) => [name, program.held[name]!])))
  }

  dispose(): void {
    this.#loaded?.graph.release()
    this.#loaded = undefined
    this.#freePending()
  }

  #current(): Loaded {
    return this.#loaded ?? this.#load()
  }

  /** Compiles the graph of all signatures and assigns the values of the variables. */
  #load(): Loaded {
    this.#unload()
    const program = compileProgram(this.#plan, [...this.#signatures.values()])
    const graph = new LoadedGraph(this.#binding, program.graph, this.#placing)
    const feeds = Object.entries(this.#pending).map(([name, tensor]): Feed => [program.initial[name]!, { tensor }])
    graph.perform(feeds, program.initialized)
    this.#freePending()
    const keys = [...this.#signatures.keys()]
    const functions = new Map(keys.map((key, index) => [key, program.functions[index]!]))
    this.#loaded = { program, graph, functions }
    return this.#loaded
  }

  /** Reads the values of the variables out of the graph and releases it. */
  #unload(): void {
    if (this.#loaded === undefined) return
    const { program, graph } = this.#loaded
    const names = Object.keys(this.#variables)
    const tensors = graph.run(
      [],
      names.map((name) => program.held[name]!),
    )
    this.#pending = Object.fromEntries(names.map((name, index) => [name, tensors[index]!]))
    graph.release()
    this.#loaded = undefined
  }

  #freePending(): void {
    for (const tensor of Object.values(this.#pending)) this.#binding.deleteTensor(tensor)
    this.#pending = {}
  }
}
