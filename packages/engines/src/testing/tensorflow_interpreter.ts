import type { Binding } from '@unroll/libtensorflow'
import type { Interpreter } from '../eager/interpreter.ts'
import { Graph, operationName, type Node } from '../tensorflow/graph/graph.ts'
import { graphOps } from '../tensorflow/ops/ops.ts'
import { LoadedGraph, type Feed } from '../tensorflow/graph/runtime.ts'
import type { TensorflowOptions } from '../tensorflow/run.ts'

/** An interpreter that can be told to let go of its graph. */
export interface GraphInterpreter extends Interpreter<Node> {
  dispose(): void
}

/**
 * Operations as nodes of one graph, which is handed to TensorFlow when a number is read, and again when it has grown
 * since. It serves to check operations one by one; sessions compile whole steps instead.
 * @param options.target What the graph is made for; `cpu` unless given.
 * @param options.strict Whether each operation must be computed where the graph asks for; not so unless given.
 * @param options.stepsInTurn Steps in the body of a loop over time, where the graph has loops.
 */
export function tensorflowInterpreter(
  binding: Binding,
  {
    target = 'cpu',
    strict = false,
    stepsInTurn,
  }: Partial<Pick<TensorflowOptions, 'target' | 'strict' | 'stepsInTurn'>> = {},
): GraphInterpreter {
  const graph = new Graph(target)
  const uploads = new Map<Node, ArrayLike<number>>()
  let loaded: LoadedGraph | undefined
  let operations = 0
  const forget = (): void => {
    loaded?.release()
    loaded = undefined
  }
  const current = (): LoadedGraph => {
    if (loaded !== undefined && operations === graph.operations.length) return loaded
    forget()
    operations = graph.operations.length
    loaded = new LoadedGraph(binding, graph, { strict })
    return loaded
  }
  /** What a scope without a result has made can never be asked for again. */
  const scope = <Result>(body: () => Result): Result => {
    const before = graph.operations.length
    const result = body()
    if (result === undefined) {
      graph.rewind(before)
      const kept = new Set(graph.operations.map(({ name }) => name))
      for (const placeholder of uploads.keys()) if (!kept.has(placeholder.name)) uploads.delete(placeholder)
      forget()
    }
    return result
  }
  const read = (xs: readonly Node[]): readonly Float32Array[] => {
    const computed = xs.filter((x) => !uploads.has(x)) // TensorFlow refuses to fetch what it is fed
    const needed = ancestors(graph, computed)
    const given = [...uploads].filter(([placeholder]) => needed.has(operationName(placeholder)))
    const results = computed.length === 0 ? [] : compute(current(), given, computed)
    return xs.map((x) => Float32Array.from(uploads.get(x) ?? results[computed.indexOf(x)]!))
  }
  return {
    ops: { ...graphOps(graph, { stepsInTurn }), scope },
    upload: (shape, data) => {
      const placeholder = graph.placeholder(shape, 'float32')
      uploads.set(placeholder, Float32Array.from(data))
      return placeholder
    },
    download: (x) => read([x])[0]!,
    downloadAll: read,
    release: (x) => void uploads.delete(x),
    live: () => 0,
    dispose: forget,
  }
}

function compute(graph: LoadedGraph, feeds: readonly Feed[], wanted: readonly Node[]): readonly Float32Array[] {
  return graph.run(feeds, wanted).map((tensor) => graph.take(tensor))
}

/** Names of the operations that tensors are computed from. */
function ancestors(graph: Graph, nodes: readonly Node[]): ReadonlySet<string> {
  const inputs = new Map(graph.operations.map((operation) => [operation.name, operation.inputs]))
  const found = new Set<string>()
  const open = nodes.map(operationName)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    open.push(...(inputs.get(name) ?? []).map((input) => input.replace('^', '').split(':', 1)[0]!))
  }
  return found
}
