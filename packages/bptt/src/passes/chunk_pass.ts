// One chunk of a window forward and back, between the states before it and the gradients of the states after it.

import { backpropagate, type BackpropagateOptions } from './backpropagate.ts'
import { backpropagateScaled, listScaledShapes } from './backpropagate_scaled.ts'
import { joinFlow } from '../observe/flow.ts'
import { joinProbed } from '../observe/probe.ts'
import { computeReadout, outputGradients, type StepBatch } from './gradients.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { dropped, chooseMasks } from '../network/dropout.ts'
import { chooseZones } from '../network/zoneout.ts'
import { initialStateGradients } from '../network/initial_state.ts'
import { firstInput } from '../network/input.ts'
import { parameterShapes, listLayerShapes, type Network } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { readoutBackward, type Readout } from '../network/readout.ts'
import { joinRows } from '../ops/series.ts'
import type { Series } from '../ops/ops.ts'
import { clippedSum, type PassTotals } from './totals.ts'
import { mapTensors, named, prefixed, under, type Tensors } from '../ops/tensors.ts'
import type { LayerRun } from './layer_run.ts'
import { stackOutputs } from './unroll.ts'

const GRADIENTS = 'gradients.'
const D_STATES = 'dStates.'
const STATE = 'state.'
const SAVED = 'saved.'

/** Tensors of each layer as one record, `0.h`. */
export function flattenLayers<X>(layers: readonly Tensors<X>[]): Tensors<X> {
  return Object.assign({}, ...layers.map((tensors, layer) => prefixed(tensors, `${layer}.`))) as Tensors<X>
}

/** Inverse of flattenLayers. */
export function unflattenLayers<X>(
  { layers }: { readonly layers: readonly unknown[] },
  tensors: Tensors<X>,
): readonly Tensors<X>[] {
  return layers.map((_, layer) => under(tensors, `${layer}.`))
}

/**
 * Shapes of what the chunks of a window add up, the newest first: loss, accuracy where there is one, the shares clipped
 * at each step where that is the policy, gradients of the parameters, and the gradient of the states after a chunk.
 */
export function sumShapes(network: Network, clipsTimestep: boolean): Readonly<Record<string, readonly number[]>> {
  const { readout } = network
  return {
    loss: [],
    ...(readout.kind !== 'identity' && { accuracy: [] }),
    ...(clipsTimestep && { clipped: [] }),
    ...prefixed(parameterShapes(network), GRADIENTS),
    ...prefixed(flattenLayers(listLayerShapes(network)), D_STATES),
  }
}

/** What backward needs of a chunk, as rows, by layer: `0.state.h`, `0.saved.z`. What the layers read is made again. */
export function flattenRuns<X>(ops: Ops<X>, runs: readonly LayerRun<X>[]): Tensors<X> {
  return flattenLayers(
    runs.map(({ states, saved }) => ({
      [`${STATE}h`]: joinRows(ops, named(states, 'h')),
      ...prefixed(
        mapTensors(saved, (series) => joinRows(ops, series)),
        SAVED,
      ),
    })),
  )
}

/** Inverse of flattenRuns. */
export function unflattenRuns<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  { inputs, mask, dropout, zoneout }: StepBatch<X>,
  kept: Tensors<X>,
): readonly LayerRun<X>[] {
  const layers = unflattenLayers(network, kept).map((tensors) => mapTensors(tensors, (rows): Series<X> => ({ rows })))
  const outputs = stackOutputs(
    ops,
    network,
    layers.map((series) => named(series, `${STATE}h`)),
  )
  return layers.map((series, layer): LayerRun<X> => {
    const masks = chooseMasks(network, dropout, layer)
    const { depth, direction } = network.layers[layer]!
    const below = outputs[depth - 1]
    return {
      steps: ops.size(inputs, 0),
      direction,
      input:
        below === undefined
          ? firstInput(ops, network, parameters, { inputs })
          : { kind: 'vectors', x: dropped(ops, joinRows(ops, below), masks.dropout) },
      states: under(series, STATE),
      saved: under(series, SAVED),
      mask,
      ...masks,
      zones: chooseZones(network, zoneout, layer),
    }
  })
}

/** Shapes of what the chunks of a window hand on in a pass that probes it: the gradient of the states after a chunk. */
export function probedShapes(network: Network): Readonly<Record<string, readonly number[]>> {
  return prefixed(flattenLayers(listScaledShapes(network)), D_STATES)
}

export interface ChunkBack<X> {
  readonly sums: Tensors<X>
  /** [steps] of each state of each layer; of a probe, what `joinProbed` makes of each layer. Empty unless asked for. */
  readonly flow: readonly Tensors<X>[]
}

/** A chunk that is gone back through. */
export interface ChunkBackward<X> {
  /** Its steps alone. `divisor` counts the targets of the whole window. */
  readonly batch: StepBatch<X>
  readonly runs: readonly LayerRun<X>[]
  /** Of the newer chunks, by the names of `sumShapes`. */
  readonly sums: Tensors<X>
  /** How many of its newest steps have a loss. */
  readonly answered: number
}

/** The loss of a chunk, and what each step of the top layer's output has of it; neither where no step has a loss. */
function answerChunk<X>(
  bound: BoundNetwork<X>,
  { batch, runs, answered }: Omit<ChunkBackward<X>, 'sums'>,
): { answer?: Readout<X>; top?: ReturnType<typeof readoutBackward<X>>; dh?: Series<X> } {
  if (answered === 0) return {}
  const { ops, network, parameters } = bound
  const steps = ops.size(batch.inputs, 0)
  const outputs = stackOutputs(
    ops,
    network,
    runs.map(({ states }) => named(states, 'h')),
  )
  const answer = computeReadout(bound, { hs: outputs.at(-1)!, steps }, { ...batch, lossSteps: answered })
  const top = readoutBackward(ops, parameters, answer)
  return { answer, top, dh: outputGradients(ops, network, top.dH, { steps, answered }) }
}

/** Back through a chunk of a window that is probed. */
export function chunkProbe<X>(bound: BoundNetwork<X>, { sums, ...chunk }: ChunkBackward<X>): ChunkBack<X> {
  const { ops, network } = bound
  const { dh } = answerChunk(bound, chunk)
  const dAfter = unflattenLayers(network, under(sums, D_STATES))
  const layers = backpropagateScaled(bound, { runs: chunk.runs, dh }, dAfter)
  return {
    sums: prefixed(flattenLayers(layers.map(({ dInitial }) => dInitial)), D_STATES),
    flow: layers.map((layer) => joinProbed(ops, layer, ops.size(chunk.batch.inputs, 0))),
  }
}

/** Back through a chunk. */
export function chunkBack<X>(
  bound: BoundNetwork<X>,
  { batch, runs, sums, answered }: ChunkBackward<X>,
  options: BackpropagateOptions = {},
): ChunkBack<X> {
  const { ops, network } = bound
  const { answer, top, dh } = answerChunk(bound, { batch, runs, answered })
  const dAfter = unflattenLayers(network, under(sums, D_STATES))
  const back = backpropagate(bound, { inputs: batch.inputs, runs, dh }, { ...options, dAfter })
  const clipped = clippedSum(ops, back.layers)
  const added: Tensors<X> = {
    ...(answer && { loss: answer.loss }),
    ...(answer?.accuracy !== undefined && { accuracy: answer.accuracy }),
    ...(clipped !== undefined && { clipped }),
    ...prefixed({ ...back.gradients, ...top?.gradients }, GRADIENTS),
  }
  return {
    sums: {
      ...mapTensors(sums, (sum, name) => ops.add(sum, added[name] ?? ops.zeros(ops.shape(sum)))), // never the old tensors
      ...prefixed(flattenLayers(back.layers.map(({ dInitial }) => dInitial)), D_STATES),
    },
    flow: options.flow === true ? back.layers.map(({ flow }) => joinFlow(ops, [flow])) : [],
  }
}

/**
 * What changes in the sums of a whole window before those of another micro-batch are added: the gradients of its first
 * states go to the learned ones, and zeros take their place.
 */
export function closeSums<X>(ops: Ops<X>, network: Network, sums: Tensors<X>, from: 'initial' | 'carried'): Tensors<X> {
  const dStates = under(sums, D_STATES)
  const learned = initialStateGradients(ops, network, unflattenLayers(network, dStates), from)
  return {
    ...mapTensors(prefixed(learned, GRADIENTS), (gradient, name) => ops.add(named(sums, name), gradient)),
    ...prefixed(
      mapTensors(dStates, (d) => ops.zeros(ops.shape(d))),
      D_STATES,
    ),
  }
}

/** What a step makes of the sums of a whole window, or of those of all its micro-batches. */
export function computeTotals<X>(
  ops: Ops<X>,
  network: Network,
  sums: Tensors<X>,
  from: 'initial' | 'carried',
): PassTotals<X> {
  const closed = { ...sums, ...closeSums(ops, network, sums, from) }
  return {
    loss: named(sums, 'loss'),
    ...(sums['accuracy'] !== undefined && { accuracy: sums['accuracy'] }),
    ...(sums['clipped'] !== undefined && { clipped: sums['clipped'] }),
    gradients: under(closed, GRADIENTS),
  }
}
