// The function of an evaluation: the loss over all steps of a whole window. Evaluation carries its own states.

import {
  evaluateReadout,
  initialStates,
  prefixed,
  under,
  unflattenState,
  unrollOutputs,
  type Evaluation,
  type Window,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { assignAll, pack } from '../graph/variables.ts'
import {
  CARRIED,
  EVALUATED,
  type BatchSignature,
  type FunctionBatch,
  type FunctionBuilder,
  type GivenBatch,
} from './builder.ts'

export interface EvaluateSignature extends BatchSignature, Pick<Window, 'from'> {
  readonly kind: 'evaluate'
}

export class EvaluateFunction {
  readonly #batch: FunctionBatch
  /** Loss and, if there is one, accuracy. */
  readonly #answers: Node
  /** Of the read-out, before its nonlinearity. */
  readonly #outputs: Node

  constructor(builder: FunctionBuilder, signature: EvaluateSignature) {
    const { graph, ops, network, variables } = builder
    const { steps, from } = signature
    this.#batch = builder.batch({ ...signature, lossSteps: steps })
    const { batch } = this.#batch
    const read = builder.read((name) => !name.startsWith(CARRIED))
    const { parameters: trained, averages } = unflattenState(network, read)
    const parameters = { ...trained, ...averages }
    const prefixes = network.layers.map((_, layer) => `${EVALUATED}${CARRIED}${layer}.`)
    const carried = prefixes.map((prefix) => under(read, prefix))
    const bound = { ops, network, parameters }
    const initial = from === 'carried' ? carried : initialStates(ops, network, parameters)
    const pass = unrollOutputs(bound, batch.inputs, initial, batch)
    const answer = evaluateReadout(bound, pass, { targets: batch.targets, lossSteps: steps })
    const next = pass.after.map((states, layer) => prefixed(states, prefixes[layer]!))
    const assigned = assignAll(graph, variables, Object.assign({}, ...next), read)
    const { loss, accuracy } = answer
    this.#outputs = answer.outputs
    this.#answers = graph.after(assigned, pack(graph, [loss, ...(accuracy === undefined ? [] : [accuracy])]))
  }

  run(graph: LoadedGraph, given: GivenBatch, wantsOutputs: boolean): Evaluation {
    const fetches = { answers: this.#answers, outputs: wantsOutputs ? this.#outputs : undefined }
    const { answers, outputs } = graph.read(this.#batch.feed(given), fetches)
    const [loss, accuracy] = answers
    return { loss: loss!, ...(accuracy !== undefined && { accuracy }), ...(outputs && { outputs }) }
  }
}
