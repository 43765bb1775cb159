// How far the gradient of truncated backpropagation through time is from the full one, on one whole sequence.

import type { Window } from '../engine.ts'
import { backpropagate } from '../passes/backpropagate.ts'
import {
  targetSteps,
  computeReadout,
  forward,
  outputGradients,
  type StepBatch,
  type WindowStart,
} from '../passes/gradients.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { initialStateGradients } from '../network/initial_state.ts'
import { pickTrained, type Network } from '../network/network.ts'
import { tensorNorms, totalNorm } from '../ops/norms.ts'
import type { Ops } from '../ops/ops.ts'
import { readoutBackward } from '../network/readout.ts'
import { between, leading, joinRows } from '../ops/series.ts'
import type { Series } from '../ops/ops.ts'
import { mapTensors, named, type Tensors } from '../ops/tensors.ts'
import { sliceRun, type LayerRun } from '../passes/layer_run.ts'

/** Steps [start, end), 0-based, through which the losses of steps [lossFrom, end) are propagated back. */
interface Reach {
  readonly start: number
  readonly lossFrom: number
  readonly end: number
}

/** ‖g_k - g_T‖/‖g_T‖ and the cosine between them, scalars: g_k sums the gradients of all windows of k1 and k2, parameters unchanged; g_T is that of the whole sequence. */
export function truncationBias<X>(
  bound: BoundNetwork<X>,
  start: WindowStart<X>,
  batch: StepBatch<X>,
  truncation: { readonly k1: number; readonly k2: number },
): { relative: X; cosine: X } {
  const { ops, network, parameters } = bound
  const pass = forward(bound, start, batch.inputs, batch)
  const { steps: T } = pass
  const answer = computeReadout(bound, pass, { targets: batch.targets, lossSteps: T })
  const top = readoutBackward(ops, parameters, answer)
  const dh = outputGradients(ops, network, top.dH, { steps: T, answered: targetSteps(network, T) })
  const through = (reach: Reach): Tensors<X> =>
    ops.scope(() => reachGradients(bound, { inputs: batch.inputs, runs: pass.runs, dh, T, from: start.from }, reach))
  const full = { ...top.gradients, ...through({ start: 0, lossFrom: 0, end: T }) }
  const windows = reaches(network, T, truncation).map(through)
  const sum = windows.reduce((a, b) => mapTensors(a, (g, name) => ops.add(g, named(b, name))))
  return compare(ops, pickTrained(network, { ...top.gradients, ...sum }), pickTrained(network, full))
}

/** The windows of a sequence of T steps; the last one is shorter where k1 does not divide T. */
function reaches({ mode }: Network, T: number, { k1, k2 }: { k1: number; k2: number }): readonly Reach[] {
  if (mode === 'many_to_one') return [{ start: Math.max(0, T - k2), lossFrom: T - 1, end: T }]
  return Array.from({ length: Math.ceil(T / k1) }, (_, n) => {
    const end = Math.min(T, (n + 1) * k1)
    return { start: Math.max(0, end - k2), lossFrom: n * k1, end }
  })
}

interface Pass<X> {
  readonly inputs: X
  readonly runs: readonly LayerRun<X>[]
  readonly dh: Series<X>
  readonly T: number
  /** Of the first step. */
  readonly from: Window['from']
}

function reachGradients<X>(bound: BoundNetwork<X>, { inputs, runs, dh, T, from }: Pass<X>, reach: Reach): Tensors<X> {
  const { ops, network } = bound
  const { start, lossFrom, end } = reach
  const answered = joinRows(ops, between(ops, dh, T, { start: lossFrom, end }))
  const { gradients, layers } = backpropagate(bound, {
    inputs: leading(ops, inputs, T, reach),
    runs: runs.map((run) => sliceRun(ops, run, reach)),
    dh: outputGradients(ops, network, answered, { steps: end - start, answered: end - lossFrom }),
  })
  const initial = initialStateGradients(
    ops,
    network,
    layers.map(({ dInitial }) => dInitial),
    start === 0 ? from : 'carried',
  )
  return { ...gradients, ...initial }
}

function compare<X>(ops: Ops<X>, truncated: Tensors<X>, full: Tensors<X>): { relative: X; cosine: X } {
  return ops.scope(() => {
    const norm = (tensors: Tensors<X>): X => totalNorm(ops, tensorNorms(ops, tensors))
    const unit = (tensors: Tensors<X>): Tensors<X> => {
      const length = norm(tensors)
      return mapTensors(tensors, (g) => ops.div(g, length))
    }
    const [k, T] = [unit(truncated), unit(full)]
    const dots = Object.keys(full).map((name) => ops.reshape(ops.sum(ops.mul(named(k, name), named(T, name))), [1]))
    const apart = mapTensors(full, (g, name) => ops.sub(named(truncated, name), g))
    return { relative: ops.div(norm(apart), norm(full)), cosine: ops.sum(ops.concat(dots, 0)) }
  })
}
