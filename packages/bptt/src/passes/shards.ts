// A batch cut into shards of equal size: independent passes that an engine may run side by side. The loss is averaged
// over the targets of the whole batch, so that gradients add up, always in the order of the shards.

import type { BackpropagateOptions } from './backpropagate.ts'
import type { Window } from '../engine.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { targetSteps, lossGradients, type LossGradients, type StepBatch, type WindowStart } from './gradients.ts'
import type { Ops } from '../ops/ops.ts'
import { countTargets } from '../network/readout.ts'
import { cutRows } from '../ops/series.ts'
import { mapTensors, named, type Tensors } from '../ops/tensors.ts'

/** What is made of each shard, where the shard is computed. */
export function ofEachShard<X, Part, Made>(
  ops: Ops<X>,
  parts: readonly Part[],
  make: (part: Part, index: number) => Made,
): readonly Made[] {
  return parts.map((part, index) => {
    const made = () => make(part, index)
    return ops.onShard === undefined ? made() : ops.onShard(index, made)
  })
}

/**
 * Loss and gradients of each shard of a window, and what is made of them there. Errors: RangeError when the batch does not
 * divide.
 */
export function shardGradients<X, Made>(
  bound: BoundNetwork<X>,
  window: WindowStart<X> & Pick<Window, 'lossSteps'>,
  { batch, shards, ...options }: BackpropagateOptions & ShardedBatch<X>,
  make: (pass: LossGradients<X>) => Made,
): readonly Made[] {
  return ofEachShardWindow(bound, window, { batch, shards }, (shard, own, part) =>
    make(lossGradients(shard, own, part, options)),
  )
}

/** A batch and the equal parts it is cut into. */
export interface ShardedBatch<X> {
  readonly batch: StepBatch<X>
  readonly shards: number
}

/** What is made of each shard of a window, where the shard is computed. Errors: RangeError when the batch does not divide. */
export function ofEachShardWindow<X, Given extends WindowStart<X> & Pick<Window, 'lossSteps'>, Made>(
  bound: BoundNetwork<X>,
  window: Given,
  { batch, shards }: ShardedBatch<X>,
  make: (shard: BoundNetwork<X>, window: Given, batch: StepBatch<X>) => Made,
): readonly Made[] {
  const { ops, network } = bound
  if (shards === 1) return [make(bound, window, batch)]
  if (network.batchSize % shards !== 0) {
    throw new RangeError(
      `Cannot cut the batch as its ${network.batchSize} rows must divide into equal shards: current value is ${shards}`,
    )
  }
  const divisor = countTargets(ops, network.readout.kind, batch.targets)
  const shard = { ...bound, network: { ...network, batchSize: network.batchSize / shards } }
  const carried = window.carried.map((states) => cutStates(ops, states, shards))
  const answered = targetSteps(network, window.lossSteps)
  return ofEachShard(ops, shardBatches(ops, batch, answered, shards), (part, index) => {
    const own = { ...window, carried: carried.map((parts) => at(parts, index)) }
    return make(shard, own, { ...part, divisor })
  })
}

/** States [N,H] as those of each shard. */
export function cutStates<X>(ops: Ops<X>, states: Tensors<X>, shards: number): readonly Tensors<X>[] {
  const cut = mapTensors(states, (x) => ops.split(x, equalParts(ops.size(x, 0), shards), 0))
  return Array.from({ length: shards }, (_, index) => mapTensors(cut, (parts) => at(parts, index)))
}

/**
 * A batch of T steps as those of its shards.
 * @param answered How many steps have targets; without any, the targets are left as they are.
 */
export function shardBatches<X>(
  ops: Ops<X>,
  batch: StepBatch<X>,
  answered: number,
  shards: number,
): readonly StepBatch<X>[] {
  if (shards === 1) return [batch]
  const N = ops.size(batch.inputs, 1)
  const inputs = ops.split(batch.inputs, equalParts(N, shards), 1)
  const targets = answered > 0 ? targetParts(ops, batch.targets, answered, shards) : undefined
  const mask = batch.mask && cutRows(ops, batch.mask, ops.size(batch.inputs, 0), shards)
  const zoneout = batch.zoneout?.map((series) => cutRows(ops, series, ops.size(batch.inputs, 0), shards))
  const dropout = batch.dropout?.map((dropoutMask) => ops.split(dropoutMask, equalParts(N, shards), 0))
  return inputs.map((x, index) => ({
    inputs: x,
    targets: targets === undefined ? batch.targets : at(targets, index),
    divisor: batch.divisor,
    mask: mask && at(mask, index),
    dropout: dropout?.map((parts) => at(parts, index)),
    zoneout: zoneout?.map((parts) => at(parts, index)),
  }))
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
        shards.map((layers) => named(at(layers, layer), name)),
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

function at<Part>(parts: readonly Part[], index: number): Part {
  const chosen = parts[index]
  if (chosen === undefined) throw new RangeError(`Cannot take shard ${index} of ${parts.length}`)
  return chosen
}
