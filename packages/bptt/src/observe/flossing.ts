// Gradient flossing (docs/math/flossing.md): the sum of the squares of the Lyapunov exponents that are measured, and its gradient.

import { constant, Tape, type Taped } from '../differentiation/tape.ts'
import { tapeOps } from '../differentiation/taped_ops.ts'
import type { Window } from '../engine.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { pickTrained } from '../network/network.ts'
import { orOne } from '../ops/nonfinite.ts'
import type { Ops, Series } from '../ops/ops.ts'
import { mapTensors, type Tensors } from '../ops/tensors.ts'
import type { StepBatch, WindowStart } from '../passes/gradients.ts'
import type { ShardedBatch } from '../passes/shards.ts'
import { stretchDirections } from './lyapunov.ts'

/** What flossing adds to an update. */
export interface Flossed<X> {
  /** Σ λ² of all layers, scalar. */
  readonly squares: X
  /** Its gradient with respect to every parameter that trains, by full name. */
  readonly gradients: Tensors<X>
}

interface FlossedBatch<X> extends ShardedBatch<X> {
  /** The directions of each layer. */
  readonly starts: readonly X[]
  /** `shareSteps` of each layer, [TN,1]. */
  readonly shares: readonly X[]
}

/** Σ λ_i² of the exponents of all layers, and its gradient. A direction that ends counts for nothing from there on. */
export function flossWindow<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  window: WindowStart<X> & Pick<Window, 'lossSteps'>,
  { batch, shards, starts, shares }: FlossedBatch<X>,
): Flossed<X> {
  const tape = new Tape(ops, { isStep: false })
  const taped = tapeOps(ops, tape)
  const variables = mapTensors(pickTrained(network, parameters), (x) => tape.variable(x))
  const lengths = stretchDirections(
    { ops: taped, network, parameters: { ...mapTensors(parameters, constant), ...variables } },
    { ...window, carried: window.carried.map((states) => mapTensors(states, constant)) },
    { batch: fixBatch(batch), shards, starts: starts.map(constant) },
  )
  const squares = lengths
    .map((own, layer) => sumSquares(taped, own, constant<X>(shares[layer]!)))
    .reduce((sum, of) => taped.add(sum, of))
  tape.add(squares, ops.constant(1))
  tape.back()
  return {
    squares: squares.x,
    gradients: mapTensors(variables, (variable) => tape.gradient(variable) ?? ops.zeros(ops.shape(variable.x))),
  }
}

/** Σ_i λ_i² of one layer, from the lengths of its directions [T,Nk]. */
function sumSquares<X>(ops: Ops<X>, lengths: X, shares: X): X {
  const rows = ops.size(shares, 0)
  const [T = 0, width = 0] = ops.shape(lengths)
  const k = (T * width) / rows
  const each = ops.reshape(lengths, [rows * k, 1])
  const logs = ops.scale(ops.log10Norm(orOne(ops, each)), Math.LN10) // ln 1 = 0 where nothing is left
  return ops.sum(ops.square(ops.sumRows(ops.mul(ops.reshape(logs, [rows, k]), shares))))
}

function fixBatch<X>({ inputs, targets, divisor, mask, dropout, zoneout }: StepBatch<X>): StepBatch<Taped<X>> {
  return {
    inputs: constant(inputs),
    targets: constant(targets),
    divisor: divisor && constant<X>(divisor),
    mask: mask && fixSeries(mask),
    dropout: dropout?.map(constant),
    zoneout: zoneout?.map(fixSeries),
  }
}

function fixSeries<X>(series: Series<X>): Series<Taped<X>> {
  return 'rows' in series ? { rows: constant(series.rows) } : { steps: series.steps.map(constant) }
}
