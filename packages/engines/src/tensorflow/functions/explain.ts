// The function that goes back from answers, or from their loss, to the inputs that they rest on.

import {
  explainRows,
  prefixed,
  targetSteps,
  under,
  type ExplainedBatch,
  type ExplainedRows,
  type Explanation,
  type TracedRows,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import type { FunctionBuilder } from './builder.ts'
import { addOwnRows, type OwnRows } from './own_rows.ts'

export interface ExplainSignature {
  readonly kind: 'explain'
  /** T. */
  readonly steps: number
  /** What y is. */
  readonly of: 'weights' | 'targets'
  /** Whether every state and its gradient is read. */
  readonly traced: boolean
}

/** The signature of rows. */
export function explainSignature({ steps, of, traced = false }: ExplainedBatch): ExplainSignature {
  return { kind: 'explain', steps, of: 'weights' in of ? 'weights' : 'targets', traced }
}

const GATE = 'gate.'
const STATE = 'state.'
const GRADIENT = 'gradient.'

export class ExplainFunction {
  readonly #rows: OwnRows
  readonly #of: Node
  readonly #explanation: Explanation<Node>

  constructor(builder: FunctionBuilder, { steps, of, traced }: ExplainSignature) {
    const { ops, graph, network } = builder
    this.#rows = addOwnRows(builder, { steps, masked: true })
    const { batch, before, parameters } = this.#rows
    const rows = targetSteps(network, steps) * network.batchSize
    this.#of = of === 'weights' ? graph.placeholder([rows, network.readout.size], 'float32') : builder.addTargets(steps)
    const explained = of === 'weights' ? { weights: this.#of } : { targets: this.#of }
    this.#explanation = explainRows({ ops, network, parameters }, { ...batch, of: explained, traced }, before)
  }

  run(graph: LoadedGraph, { of, ...rows }: ExplainedBatch): ExplainedRows {
    const { gradients, gates, trace } = this.#explanation
    const feeds = [...this.#rows.feed(rows), [this.#of, 'weights' in of ? of.weights : of.targets] as const]
    const fetched: Readonly<Record<string, Float32Array | undefined>> = graph.read(feeds, {
      gradients,
      ...prefixed(gates, GATE),
      ...(trace && {
        loss: trace.loss,
        outputs: trace.outputs,
        ...prefixed(trace.states, STATE),
        ...prefixed(trace.stateGradients, GRADIENT),
      }),
    })
    const known = fetched as Readonly<Record<string, Float32Array>>
    return {
      gradients: known['gradients']!,
      gates: under(known, GATE),
      ...(trace && { trace: readTrace(known) }),
    }
  }
}

function readTrace(fetched: Readonly<Record<string, Float32Array>>): TracedRows {
  const loss = fetched['loss']?.[0]
  return {
    ...(loss !== undefined && { loss }),
    outputs: fetched['outputs']!,
    states: under(fetched, STATE),
    stateGradients: under(fetched, GRADIENT),
  }
}
