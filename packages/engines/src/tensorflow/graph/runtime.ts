import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Binding } from '@unroll/libtensorflow'
import type { Graph, Node, Operation } from './graph.ts'
import { standInFor } from './placement.ts'
import { savedModel, sessionConfig, TAG } from './saved_model.ts'

/** A tensor in the library's memory, by the binding's id. */
export type TensorId = number

/** The value of a placeholder in a run: a tensor, which stays with the caller, or numbers, which are uploaded for this run alone. */
export type Feed = readonly [placeholder: Node, given: { readonly tensor: TensorId } | ArrayLike<number>]

/** The numbers of the fetched nodes, by the same names. */
type Fetched<Nodes extends Readonly<Record<string, Node | undefined>>> = {
  readonly [Name in keyof Nodes]: Nodes[Name] extends Node ? Float32Array : Float32Array | undefined
}

/** How a graph's operations come to their devices. */
export interface Placing {
  /** Whether each must be computed where it asks for; without, what its device cannot do, or one that is not there, is done by the CPU. */
  readonly strict: boolean
  /** How many devices of the CPU stand in for GPUs; none unless given. */
  readonly standIns?: number
}

/** A graph that TensorFlow has taken over; what its variables hold lives as long. */
export class LoadedGraph {
  readonly #binding: Binding
  readonly #id: number

  /** Errors: Error with TensorFlow's message, such as that a device cannot do what is asked of it, or that it is not there. */
  constructor(binding: Binding, graph: Graph, { strict, standIns = 0 }: Placing) {
    this.#binding = binding
    const folder = mkdtempSync(join(tmpdir(), 'unroll-graph-'))
    try {
      const operations = standIns === 0 ? graph.operations : graph.operations.map(standingIn)
      writeFileSync(join(folder, 'saved_model.pb'), savedModel(operations))
      // On a CPU fusing makes no step faster, and each function starts in less than half the time without.
      const settings = { strict, cpus: Math.max(1, standIns), fuses: binding.isUsingGpuDevice() }
      writeFileSync(join(folder, 'session_config.pb'), sessionConfig(settings))
      this.#id = binding.loadSavedModel(folder, TAG)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  /** Computes what the fetched tensors need, and nothing else. The caller frees the results. Errors: Error with TensorFlow's message. */
  run(feeds: readonly Feed[], fetches: readonly Node[]): TensorId[] {
    const uploaded: TensorId[] = []
    const tensors = feeds.map(([placeholder, given]) => {
      if ('tensor' in given) return given.tensor
      const tensor = this.upload(placeholder, given)
      uploaded.push(tensor)
      return tensor
    })
    try {
      const results = this.#binding.runSavedModel(
        this.#id,
        tensors,
        feeds.map(([placeholder]) => placeholder.name).join(),
        fetches.map((fetch) => (fetch.name.includes(':') ? fetch.name : `${fetch.name}:0`)).join(),
      )
      return results.map(({ id }) => id)
    } finally {
      this.free(uploaded)
    }
  }

  /** Computes nodes and reads their numbers; an undefined node is not fetched. */
  read<Nodes extends Readonly<Record<string, Node | undefined>>>(
    feeds: readonly Feed[],
    fetches: Nodes,
  ): Fetched<Nodes> {
    const wanted = Object.entries(fetches).flatMap(([name, node]) => (node === undefined ? [] : [{ name, node }]))
    const tensors = this.run(
      feeds,
      wanted.map(({ node }) => node),
    )
    const numbers = wanted.map(({ name }, index) => [name, this.take(tensors[index]!)] as const)
    return Object.fromEntries(numbers) as Fetched<Nodes>
  }

  /** Computes one node and reads its numbers. */
  readOne(feeds: readonly Feed[], node: Node): Float32Array {
    return this.take(this.run(feeds, [node])[0]!)
  }

  /** Computes a node for its effect. */
  perform(feeds: readonly Feed[], node: Node): void {
    this.free(this.run(feeds, [node]))
  }

  upload(node: Pick<Node, 'shape' | 'dtype'>, numbers: ArrayLike<number>): TensorId {
    return uploadTensor(this.#binding, node, numbers)
  }

  /** Reads the numbers of a tensor and frees it. */
  take(tensor: TensorId): Float32Array {
    return takeTensor(this.#binding, tensor)
  }

  free(tensors: Iterable<TensorId>): void {
    for (const tensor of tensors) this.#binding.deleteTensor(tensor)
  }

  release(): void {
    this.#binding.deleteSavedModel(this.#id)
  }
}

function standingIn({ device, ...operation }: Operation): Operation {
  return { ...operation, device: standInFor(device) }
}

/** Copies numbers into the library's memory. */
export function uploadTensor(
  binding: Binding,
  { shape, dtype }: Pick<Node, 'shape' | 'dtype'>,
  data: ArrayLike<number>,
): TensorId {
  return dtype === 'int32'
    ? binding.createTensor([...shape], binding.TF_INT32, data instanceof Int32Array ? data : Int32Array.from(data))
    : binding.createTensor([...shape], binding.TF_FLOAT, data instanceof Float32Array ? data : Float32Array.from(data))
}

/** The numbers of a tensor, which is freed. */
export function takeTensor(binding: Binding, tensor: TensorId): Float32Array {
  try {
    const data = binding.tensorDataSync(tensor)
    return data instanceof Float32Array ? data : new Float32Array(data)
  } finally {
    binding.deleteTensor(tensor)
  }
}
