// A batch cut into shards of equal size: independent passes that an engine may run side by side. The loss is averaged
// over the targets of the whole batch, so that gradients add up, always in the order of the shards.

import type { BackpropagateOptions } from './backpropagate.ts'
import type { Window } from './engine.ts'
import { answeredSteps, lossGradients, type LossGradients, type ModelState, type StepBatch } from './gradients.ts'
import type { Network } from './network.ts'
import type { Ops } from './ops.ts'
import { countTargets } from './readout.ts'
import { cutRows } from './series.ts'
import { mapTensors, named, type Tensors } from './tensors.ts'

/** The most shards, up to `most`, that cut a batch of N rows into equal parts. */
export function shardCount(N: number, most: number): number {
  let count = Math.max(1, Math.min(N, most))
  while (N % count !== 0) count -= 1
  return count
}

/** Loss and gradients of each shard of a window. Errors: RangeError when the batch does not divide. */
export function shardGradients<X>(
  ops: Ops<X>,
  network: Network,
  state: ModelState<X>,
  batch: StepBatch<X>,
  window: Pick<Window, 'from' | 'lossSteps'>,
  options: BackpropagateOptions,
  shards: number,
): readonly LossGradients<X>[] {
  if (shards === 1) return [lossGradients(ops, network, state, batch, window, options)]
  if (network.batchSize % shards !== 0) {
    throw new RangeError(
      `Cannot cut the batch as its ${network.batchSize} rows must divide into equal shards: current value is ${shards}`,
    )
  }
  const divisor = countTargets(ops, network.readout.kind, batch.targets)
  const inputs = ops.split(batch.inputs, equalParts(network.batchSize, shards), 1)
  const targets = targetParts(ops, batch.targets, answeredSteps(network, window.lossSteps), shards)
  const shard = { ...network, batchSize: network.batchSize / shards }
  const carried = state.carried.map((states) =>
    mapTensors(states, (tensor) => ops.split(tensor, equalParts(network.batchSize, shards), 0)),
  )
  const goesOn = batch.goesOn && cutRows(ops, batch.goesOn, ops.size(batch.inputs, 0), shards)
  const dropout = batch.dropout?.map((mask) => ops.split(mask, equalParts(network.batchSize, shards), 0))
  return inputs.map((x, index) => {
    const own = carried.map((states) => mapTensors(states, (parts) => part(parts, index)))
    const given = {
      inputs: x,
      targets: part(targets, index),
      divisor,
      goesOn: goesOn && part(goesOn, index),
      dropout: dropout?.map((parts) => part(parts, index)),
    }
    return lossGradients(ops, shard, { parameters: state.parameters, carried: own }, given, window, options)
  })
}

/** The sum of a list, in its order. */
export function total<X>(ops: Ops<X>, terms: readonly X[]): X {
  return terms.reduce((sum, term) => ops.add(sum, term))
}

/** Tensors of the same names added up. */
export function addUp<X>(ops: Ops<X>, records: readonly Tensors<X>[]): Tensors<X> {
  return records.reduce((sum, record) => mapTensors(sum, (tensor, name) => ops.add(tensor, named(record, name))))
}

/** The states [N,H] of whole batches, from those of their shards. */
export function joinShards<X>(ops: Ops<X>, shards: readonly (readonly Tensors<X>[])[]): readonly Tensors<X>[] {
  const [first = [], ...others] = shards
  if (others.length === 0) return first
  return first.map((states, layer) =>
    mapTensors(states, (_, name) =>
      ops.concat(
        shards.map((layers) => named(part(layers, layer), name)),
        0,
      ),
    ),
  )
}

/** Targets [TN] or [TN,K] of T steps as those of each shard, [TN/shards] or [TN/shards,K]. */
function targetParts<X>(ops: Ops<X>, targets: X, T: number, shards: number): readonly X[] {
  const [rows = 0, ...inner] = ops.shape(targets)
  const steps = ops.reshape(targets, [T, rows / T, ...inner])
  const parts = ops.split(steps, equalParts(rows / T, shards), 1)
  return parts.map((each) => ops.reshape(each, [rows / shards, ...inner]))
}

function equalParts(size: number, shards: number): readonly number[] {
  return Array.from({ length: shards }, () => size / shards)
}

function part<Part>(parts: readonly Part[], index: number): Part {
  const chosen = parts[index]
  if (chosen === undefined) throw new RangeError(`Cannot take shard ${index} of ${parts.length}`)
  return chosen
}
