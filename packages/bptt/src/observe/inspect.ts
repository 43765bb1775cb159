// All that one update goes through, forward and back, before any of it is summed up: where a number is first not finite.

import type { Window } from '../engine.ts'
import type { BoundNetwork } from '../network/bound.ts'
import type { Ops, SeriesByName } from '../ops/ops.ts'
import { joinRows } from '../ops/series.ts'
import { mapTensors, named, type Tensors } from '../ops/tensors.ts'
import type { BackpropagateOptions } from '../passes/backpropagate.ts'
import type { LossGradients, WindowStart } from '../passes/gradients.ts'
import { shardGradients, total, type ShardedBatch } from '../passes/shards.ts'
import { mapLayer, type InspectedLayer } from './inspected.ts'
import { gateValues } from './saturation.ts'

/** The loss of an update, scalar, and what each layer goes through. */
export interface Inspection<X> {
  readonly loss: X
  readonly layers: readonly InspectedLayer<Tensors<X>>[]
}

/** The loss of a window and everything on the way to it and back, with the bits of an update in as many shards. */
export function inspectStep<X>(
  bound: BoundNetwork<X>,
  window: WindowStart<X> & Pick<Window, 'lossSteps'>,
  given: ShardedBatch<X> & Pick<BackpropagateOptions, 'clipTimestep' | 'compensation'>,
): Inspection<X> {
  const { ops } = bound
  const shards = shardGradients(bound, window, { ...given, states: true }, (pass) => inspectPass(bound, pass))
  const [first] = shards
  return {
    loss: total(
      ops,
      shards.map(({ loss }) => loss),
    ),
    layers: first!.layers.map((_, layer) =>
      mapLayer((part) =>
        joinColumns(
          ops,
          shards.map(({ layers }) => layers[layer]![part]),
        ),
      ),
    ),
  }
}

function inspectPass<X>({ ops, network }: BoundNetwork<X>, { answer, runs, layers }: LossGradients<X>): Inspection<X> {
  return {
    loss: answer.loss,
    layers: runs.map((run, layer) => {
      const byStep = (tensors: Tensors<X>) => mapTensors(tensors, (x) => toSteps(ops, x, run.steps))
      const { dStates, dA } = layers[layer]!
      return {
        states: byStep(joinEach(ops, run.states)),
        gates: byStep(Object.fromEntries(gateValues(ops, network.cell, run))),
        stateGradients: byStep(joinEach(ops, dStates)),
        gateGradients: byStep(cutGates(ops, network.cell.gates, dA)),
      }
    }),
  }
}

function joinEach<X>(ops: Ops<X>, all: SeriesByName<X>): Tensors<X> {
  return mapTensors(all, (series) => joinRows(ops, series))
}

/** The columns [TN,H] of each gate of dA [TN,gH]. */
function cutGates<X>(ops: Ops<X>, gates: readonly string[], dA: X): Tensors<X> {
  const H = ops.size(dA, 1) / gates.length
  const sizes = gates.map(() => H)
  const parts = ops.split(dA, sizes, 1)
  return Object.fromEntries(gates.map((gate, at) => [gate, parts[at]!]))
}

/** [TN,H] as [T,NH]. */
function toSteps<X>(ops: Ops<X>, x: X, T: number): X {
  return ops.reshape(x, [T, (ops.size(x, 0) / T) * ops.size(x, 1)])
}

function joinColumns<X>(ops: Ops<X>, shards: readonly Tensors<X>[]): Tensors<X> {
  const [first = {}, ...others] = shards
  if (others.length === 0) return first
  return mapTensors(first, (_, name) =>
    ops.concat(
      shards.map((shard) => named(shard, name)),
      1,
    ),
  )
}
