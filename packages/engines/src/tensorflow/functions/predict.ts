// The function that answers rows which each go on from a state of their own.

import {
  cutStates,
  flattenLayers,
  joinShards,
  ofEachShard,
  predictRows,
  prefixed,
  shardBatches,
  under,
  type PredictedRows,
  type RowBatch,
  type Tensors,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Target } from '../graph/placement.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { leavesStepsOut } from '../../session/step_mask.ts'
import type { BatchSignature, FunctionBuilder } from './builder.ts'
import { addOwnRows, type OwnRows } from './own_rows.ts'
import { shardNetwork } from './sharded.ts'

export interface PredictSignature extends BatchSignature {
  readonly kind: 'predict'
  /** N. */
  readonly rows: number
}

const STATE = 'state.'
/** T that a graph is built with where it takes any number of steps: a prime, so that a cut that counts on it fails and is not wrong. */
const ANY_STEPS = 7

/** The signature of rows: of those of their T alone where a recurrence is a loop of the graph. */
export function predictSignature(rows: RowBatch, target: Target): PredictSignature {
  const steps = target === 'cpu' ? ANY_STEPS : rows.steps
  return { kind: 'predict', steps, masked: leavesStepsOut(rows), rows: rows.lengths.length }
}

export class PredictFunction {
  readonly #rows: OwnRows
  readonly #outputs: Node
  readonly #after: Tensors<Node>

  constructor(all: FunctionBuilder, { rows: N, ...signature }: PredictSignature) {
    const builder = all.ofRows(N)
    const { ops, network, shards } = builder
    this.#rows = addOwnRows(builder, signature)
    const { batch, parameters } = this.#rows
    const bound = { ops, network: shardNetwork(builder), parameters }
    const before = this.#rows.before.map((states) => cutStates(ops, states, shards))
    const passes = ofEachShard(ops, shardBatches(ops, batch, 0, shards), (part, shard) => {
      const own = before.map((parts) => parts[shard]!)
      return predictRows(bound, part, own)
    })
    const { size: K } = network.readout
    const rows = N / shards
    const answers = passes.map(({ outputs }) => ops.reshape(outputs, [ops.size(outputs, 0) / rows, rows, K]))
    this.#outputs = ops.concat(answers, 1)
    this.#after = flattenLayers(
      joinShards(
        ops,
        passes.map(({ after }) => after),
      ),
    )
  }

  run(graph: LoadedGraph, rows: RowBatch): PredictedRows {
    const fetched: Readonly<Record<string, Float32Array>> = graph.read(this.#rows.feed(rows), {
      outputs: this.#outputs,
      ...prefixed(this.#after, STATE),
    })
    return { outputs: fetched['outputs']!, states: under(fetched, STATE) }
  }
}
