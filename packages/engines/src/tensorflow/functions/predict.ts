// The function that answers rows which each go on from a state of their own. It reads the parameters and keeps nothing.

import {
  cutStates,
  flattenLayers,
  joinShards,
  ofEachShard,
  predictRows,
  prefixed,
  shardBatches,
  under,
  unflattenLayers,
  unflattenState,
  type PredictedRows,
  type RowBatch,
  type Tensors,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Feed, LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type FunctionBatch, type FunctionBuilder } from './builder.ts'
import { addPlaceholders, listStateShapes, shardNetwork } from './sharded.ts'

export interface PredictSignature {
  readonly kind: 'predict'
  /** T. */
  readonly steps: number
}

const STATE = 'state.'

export class PredictFunction {
  readonly #batch: FunctionBatch
  readonly #before: Tensors<Node>
  readonly #outputs: Node
  readonly #after: Tensors<Node>

  constructor(builder: FunctionBuilder, { steps }: PredictSignature) {
    const { ops, network, shards } = builder
    this.#batch = builder.batch({ steps, masked: true })
    this.#before = addPlaceholders(builder, listStateShapes(network))
    const { parameters } = unflattenState(network, builder.read(isTrained))
    const bound = { ops, network: shardNetwork(builder), parameters }
    const before = unflattenLayers(network, this.#before).map((states) => cutStates(ops, states, shards))
    const passes = ofEachShard(ops, shardBatches(ops, this.#batch.batch, 0, shards), (part, shard) => {
      const own = before.map((parts) => parts[shard]!)
      return predictRows(bound, part, own)
    })
    const { size: K } = network.readout
    const rows = network.batchSize / shards
    const answers = passes.map(({ outputs }) => ops.reshape(outputs, [ops.size(outputs, 0) / rows, rows, K]))
    this.#outputs = ops.concat(answers, 1)
    this.#after = flattenLayers(
      joinShards(
        ops,
        passes.map(({ after }) => after),
      ),
    )
  }

  run(graph: LoadedGraph, { states, ...batch }: RowBatch): PredictedRows {
    const given = { batch: { ...batch, targets: new Int32Array() }, targets: new Int32Array(), dropout: () => [] }
    const before = Object.entries(this.#before).map(([name, node]): Feed => [node, states[name]!])
    const fetched: Readonly<Record<string, Float32Array>> = graph.read([...this.#batch.feed(given), ...before], {
      outputs: this.#outputs,
      ...prefixed(this.#after, STATE),
    })
    return { outputs: fetched['outputs']!, states: under(fetched, STATE) }
  }
}
