// What the functions share whose rows each go on from a state of their own. They read the parameters and keep nothing.

import { unflattenLayers, unflattenState, type RowBatch, type Tensors } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Feed } from '../graph/runtime.ts'
import { elements } from '../../shape.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder } from './builder.ts'
import { addPlaceholders, listStateShapes } from './sharded.ts'

export interface OwnRows extends Pick<FunctionBatch, 'batch'> {
  readonly parameters: Tensors<Node>
  /** The states of each layer before the first step. */
  readonly before: readonly Tensors<Node>[]
  feed(rows: RowBatch): readonly Feed[]
}

export function addOwnRows(builder: FunctionBuilder, signature: BatchSignature): OwnRows {
  const { network } = builder
  const given = builder.batch(signature)
  const states = addPlaceholders(builder, listStateShapes(network))
  const { parameters } = unflattenState(network, builder.read(isTrained))
  return {
    batch: given.batch,
    parameters,
    before: unflattenLayers(network, states),
    feed: ({ states: own, ...rows }) => [
      ...given
        .feed({ batch: { ...rows, targets: NO_TARGETS }, targets: NO_TARGETS, masks: () => NO_MASKS })
        .map(ofItsSteps),
      ...Object.entries(states).map(([name, node]): Feed => [node, own[name]!]),
    ],
  }
}

/** A feed of as many steps as it has numbers for. */
function ofItsSteps([node, given]: Feed): Feed {
  if ('tensor' in given) return [node, given]
  return [{ ...node, shape: node.shape.with(0, given.length / elements(node.shape.slice(1))) }, given]
}

const NO_TARGETS = new Int32Array()
const NO_MASKS = { dropout: [], zoneout: [] }
