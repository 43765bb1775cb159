// The compiled functions of a run. A new signature compiles a graph of its own: the others stay as they are, so that each is
// compiled once, however many shapes the batches of a run have. One graph holds the values of the variables, and hands
// them to the next that computes. Graphs that keep doing so are compiled into one.

import { mapTensors, type HostTensor, type Shapes, type Tensors } from '@unroll/bptt'
import type { Binding } from '@unroll/libtensorflow'
import type { GraphPlan } from './functions/builder.ts'
import type { CompiledFunction, Signature } from './functions/functions.ts'
import { compileProgram, variableShapes, type CompiledProgram } from './program.ts'
import { LoadedGraph, uploadTensor, type Feed, type Placing, type TensorId } from './graph/runtime.ts'

/** A graph of some of the functions. */
interface Part {
  readonly program: CompiledProgram
  readonly graph: LoadedGraph
  /** By the keys of their signatures. */
  readonly functions: ReadonlyMap<string, CompiledFunction>
}

/**
 * How often graphs hand the variables over, for each function, until all are compiled into one graph: about as often as takes
 * the time that compiling takes, so that neither a shape that comes once nor two that take turns cost more than twice the least.
 */
const MOVES_PER_FUNCTION = 64
/** Kinds whose shapes take turns from call to call: a new shape is compiled with those that are there. */
const TAKING_TURNS: readonly Signature['kind'][] = ['predict']

export class FunctionCache {
  readonly #binding: Binding
  readonly #plan: GraphPlan
  readonly #placing: Placing
  readonly #variables: Shapes
  /** Signatures met so far, by their key. */
  readonly #signatures = new Map<string, Signature>()
  #parts: Part[] = []
  /** The one whose variables hold the values. */
  #holder: Part | undefined
  /** The values of the variables while no graph holds them. */
  #pending: Tensors<TensorId>
  /** Hand-overs between graphs since all functions were in one. */
  #moves = 0

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
    this.#pending = this.#upload(tensors)
  }

  /** Tensors held in variables. */
  get live(): number {
    return this.#holder === undefined ? 0 : Object.keys(this.#variables).length
  }

  /** The graph of the functions that were asked for last. */
  get graph(): LoadedGraph {
    return this.#current().graph
  }

  /** Has one graph hold all of these functions and the variables; compiles those that no graph holds together. */
  compile(signatures: readonly Signature[]): void {
    const wanted = new Map(signatures.map((signature) => [JSON.stringify(signature), signature]))
    const found = [...(this.#holder ? [this.#holder] : []), ...this.#parts].find((part) => holdsAll(part, wanted))
    for (const [key, signature] of wanted) this.#signatures.set(key, signature)
    if (found === undefined) this.#add(this.#joinTurns(wanted))
    else if (found !== this.#holder) this.#change(found)
  }

  /** Gives the function of a signature, and compiles it where it is missing. */
  get<Given extends Signature>(signature: Given): CompiledFunction<Given> {
    const key = JSON.stringify(signature)
    if (this.#holder?.functions.has(key) !== true) this.compile([signature])
    return this.#current().functions.get(key) as CompiledFunction<Given>
  }

  /** Reads the values of variables. */
  read(names: readonly string[]): Readonly<Record<string, Float32Array>> {
    const { graph, program } = this.#current()
    return graph.read([], Object.fromEntries(names.map((name) => [name, program.held[name]!])))
  }

  /** Gives the variables values in place of those that they have; zeros where a name is missing. */
  restore(tensors: Readonly<Record<string, HostTensor>>): void {
    this.#freePending()
    this.#pending = this.#upload(tensors)
    if (this.#holder !== undefined) this.#give(this.#holder)
  }

  dispose(): void {
    for (const { graph } of this.#parts) graph.release()
    this.#parts = []
    this.#holder = undefined
    this.#freePending()
  }

  #current(): Part {
    return this.#holder ?? this.#add(new Map())
  }

  /** With the functions that take turns with them. */
  #joinTurns(wanted: ReadonlyMap<string, Signature>): ReadonlyMap<string, Signature> {
    const kinds = new Set(Array.from(wanted.values(), ({ kind }) => kind).filter((kind) => TAKING_TURNS.includes(kind)))
    return new Map([...wanted, ...[...this.#signatures].filter(([, { kind }]) => kinds.has(kind))])
  }

  /** Has a graph that is there hold the variables, or all functions in one graph where graphs have taken turns for long. */
  #change(part: Part): void {
    this.#moves++
    if (this.#moves < MOVES_PER_FUNCTION * this.#signatures.size) return this.#hand(part)
    this.#moves = 0
    this.#add(this.#signatures)
  }

  /** Compiles a graph, which takes over the variables, and releases those that have no function beside its own. */
  #add(signatures: ReadonlyMap<string, Signature>): Part {
    const program = compileProgram(this.#plan, [...signatures.values()])
    const graph = new LoadedGraph(this.#binding, program.graph, this.#placing)
    const functions = new Map([...signatures.keys()].map((key, index) => [key, program.functions[index]!]))
    const part: Part = { program, graph, functions }
    this.#hand(part)
    const others = this.#parts.filter((other) => !holdsAll(part, other.functions))
    for (const other of this.#parts) if (!others.includes(other)) other.graph.release()
    this.#parts = [...others, part]
    return part
  }

  /** Hands the values of the variables to a graph; the one before keeps none of them. */
  #hand(part: Part): void {
    this.#take()
    this.#give(part)
  }

  /** Has a graph hold the values that wait. */
  #give(part: Part): void {
    const { program, graph } = part
    const feeds = Object.entries(this.#pending).map(([name, tensor]): Feed => [program.initial[name]!, { tensor }])
    graph.perform(feeds, program.initialized)
    this.#freePending()
    this.#holder = part
  }

  /** Takes the values of the variables out of the graph that holds them. */
  #take(): void {
    if (this.#holder === undefined) return
    const { program, graph } = this.#holder
    const names = Object.keys(this.#variables)
    const tensors = graph.run(
      [],
      names.map((name) => program.held[name]!),
    )
    this.#pending = Object.fromEntries(names.map((name, index) => [name, tensors[index]!]))
    graph.perform([[program.nothing, []]], program.emptied)
    this.#holder = undefined
  }

  #upload(tensors: Readonly<Record<string, HostTensor>>): Tensors<TensorId> {
    return mapTensors(this.#variables, (shape, name) => {
      const data = tensors[name]?.data ?? new Float32Array(shape.reduce((a, b) => a * b, 1))
      return uploadTensor(this.#binding, { shape, dtype: 'float32' }, data)
    })
  }

  #freePending(): void {
    for (const tensor of Object.values(this.#pending)) this.#binding.deleteTensor(tensor)
    this.#pending = {}
  }
}

function holdsAll({ functions }: Part, wanted: ReadonlyMap<string, unknown>): boolean {
  return [...wanted.keys()].every((key) => functions.has(key))
}
