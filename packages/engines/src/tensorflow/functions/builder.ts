// The start of every compiled function: its graph, its variables and its batch.

import {
  dropoutShapes,
  zoneoutShapes,
  targetSteps,
  type Batch,
  type Network,
  type Ops,
  type Program,
  type StepBatch,
  type Tensors,
} from '@unroll/bptt'
import { shardCount } from '@unroll/contract'
import type { DrawnMasks } from '../../session/masks.ts'
import { stepMask } from '../../session/step_mask.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { graphOps } from '../ops/ops.ts'
import type { Target } from '../graph/placement.ts'
import type { Feed } from '../graph/runtime.ts'
import { readAll, type Variables } from '../graph/variables.ts'

/** The settings that all functions of a graph share. */
export interface GraphPlan {
  readonly network: Network
  readonly program: Program
  /** Equal parts of a batch that are computed one after another. */
  readonly microBatches: number
  /** Equal parts a micro-batch is cut into. */
  readonly shards: number
  /** GPUs that the shards are spread over. */
  readonly gpus: number
  readonly target: Target
  /** Steps in the body of a loop over time, where the graph has loops. */
  readonly stepsInTurn?: number | undefined
}

/** The facts that decide the shapes of a batch. */
export interface BatchSignature {
  /** T. */
  readonly steps: number
  /** Whether rows differ in length, or leave steps out. */
  readonly masked: boolean
}

/** Placeholders of the parts of a batch that a function reads. */
interface BatchPlaceholders {
  readonly inputs: Node
  /** Absent where there is no loss. */
  readonly targets?: Node
  /** [TN,1], where they do: 1 at the steps that a row takes. */
  readonly mask?: Node
  /** The masks of `dropoutShapes` one after another, where units are dropped. */
  readonly dropout?: Node
  /** Those of `zoneoutShapes`, where states stay. */
  readonly zoneout?: readonly Node[]
}

/** The batch that a run reads. */
export interface GivenBatch {
  readonly batch: Batch
  /** Of the steps that have a loss. */
  readonly targets: Batch['targets']
  /** Draws the masks of the update; not called where the function has none. */
  readonly masks: () => DrawnMasks
}

/** A batch in a function, and how a run feeds it. */
export interface FunctionBatch {
  readonly batch: StepBatch<Node>
  feed(given: GivenBatch): readonly Feed[]
}

/** The prefix of the variables of evaluation, which carries its own states. */
export const EVALUATED = 'evaluated.'
export const CARRIED = 'carried.'

/** Whether a variable belongs to the training state. */
export function isTrained(name: string): boolean {
  return !name.startsWith(EVALUATED)
}

export class FunctionBuilder {
  readonly graph: Graph
  readonly variables: Variables
  readonly ops: Ops<Node>
  readonly network: Network
  readonly program: Program
  readonly microBatches: number
  readonly shards: number
  readonly #plan: GraphPlan

  constructor(graph: Graph, variables: Variables, plan: GraphPlan) {
    const { network, program, microBatches, shards } = plan
    this.graph = graph
    this.variables = variables
    this.network = network
    this.program = program
    this.microBatches = microBatches
    this.shards = shards
    this.ops = graphOps(graph, plan)
    this.#plan = plan
  }

  /** A builder of the functions of one micro-batch. */
  ofMicroBatch(): FunctionBuilder {
    const { network, microBatches } = this
    if (microBatches === 1) return this
    const own = { ...network, batchSize: network.batchSize / microBatches }
    return new FunctionBuilder(this.graph, this.variables, { ...this.#plan, network: own, microBatches: 1 })
  }

  /** A builder of functions of another number of rows, in as many shards as divide it. */
  ofRows(rows: number): FunctionBuilder {
    const network = { ...this.network, batchSize: rows }
    const shards = shardCount(rows, this.shards)
    return new FunctionBuilder(this.graph, this.variables, { ...this.#plan, network, microBatches: 1, shards })
  }

  /** Reads the variables whose names pass. */
  read(wanted: (name: string) => boolean): Tensors<Node> {
    const chosen = Object.entries(this.variables).filter(([name]) => wanted(name))
    return readAll(this.graph, Object.fromEntries(chosen))
  }

  /**
   * Adds the placeholders of a batch.
   * @param signature.lossSteps How many of the newest steps have targets; none unless given.
   * @param signature.dropsUnits Whether dropout and zoneout apply, as in every pass of an update; false unless given.
   */
  batch(signature: BatchSignature & { readonly lossSteps?: number; readonly dropsUnits?: boolean }): FunctionBatch {
    const placeholders = this.#placeholders(signature)
    const { inputs, targets = inputs, mask, dropout, zoneout } = placeholders
    return {
      batch: {
        inputs,
        targets,
        mask: mask && { rows: mask },
        dropout: dropout && this.#cutDropout(dropout),
        zoneout: zoneout?.map((rows) => ({ rows })),
      },
      feed: (given) => feedBatch(placeholders, given),
    }
  }

  #placeholders({
    steps,
    masked,
    lossSteps = 0,
    dropsUnits = false,
  }: Parameters<FunctionBuilder['batch']>[0]): BatchPlaceholders {
    const { batchSize: N, inputs } = this.network
    const rows = [steps, N]
    const dropped = dropoutShapes(this.network).reduce((sum, [, width]) => sum + N * width, 0)
    const zoned = zoneoutShapes(this.network, steps)
    return {
      inputs:
        inputs.kind === 'symbols'
          ? this.graph.placeholder(rows, 'int32')
          : this.graph.placeholder([...rows, inputs.size], 'float32'),
      ...(lossSteps > 0 && { targets: this.addTargets(lossSteps) }),
      ...(masked && { mask: this.graph.placeholder([steps * N, 1], 'float32') }),
      ...(dropsUnits && dropped > 0 && { dropout: this.graph.placeholder([dropped], 'float32') }),
      ...(dropsUnits &&
        zoned.length > 0 && { zoneout: zoned.map((shape) => this.graph.placeholder(shape, 'float32')) }),
    }
  }

  /** Adds the placeholder of the targets of the newest steps. */
  addTargets(lossSteps: number): Node {
    const { batchSize: N, readout } = this.network
    const rows = targetSteps(this.network, lossSteps) * N
    return readout.kind === 'softmax'
      ? this.graph.placeholder([rows], 'int32')
      : this.graph.placeholder([rows, readout.size], 'float32')
  }

  /** The masks, of `dropoutShapes`. */
  #cutDropout(masks: Node): Node[] {
    const shapes = dropoutShapes(this.network)
    const parts = this.ops.split(
      masks,
      shapes.map(([N, width]) => N * width),
      0,
    )
    return parts.map((mask, index) => this.ops.reshape(mask, shapes[index]!))
  }
}

function feedBatch(
  { inputs, targets, mask, dropout, zoneout = [] }: BatchPlaceholders,
  given: GivenBatch,
): readonly Feed[] {
  const masks = dropout !== undefined || zoneout.length > 0 ? given.masks() : undefined
  return [
    [inputs, given.batch.inputs],
    ...(targets === undefined ? [] : [[targets, given.targets] as const]),
    ...(mask === undefined ? [] : [[mask, stepMask(given.batch)] as const]),
    ...(dropout === undefined ? [] : [[dropout, masks!.dropout.flatMap((each) => [...each])] as const]),
    ...zoneout.map((node, index): Feed => [node, masks!.zoneout[index]!]),
  ]
}
