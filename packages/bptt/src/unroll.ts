// Forward through time. Serial part: one product with the recurrent weights a step.

import { dropped } from './dropout.ts'
import { firstInput, project, type LayerInput } from './input.ts'
import type { Network } from './network.ts'
import { keepUnless } from './nonfinite.ts'
import type { Ops } from './ops.ts'
import { named, under, type Tensors } from './tensors.ts'

/** What backward needs of one layer's pass through T steps. */
export interface LayerRun<X> {
  readonly input: LayerInput<X>
  /** The states after each step: states[t-1] is step t's, [N,H] each. */
  readonly states: readonly Tensors<X>[]
  readonly saved: readonly Tensors<X>[]
  readonly goesOn: readonly X[] | undefined
  /** The mask on the layer's input; undefined where it has none. */
  readonly dropout: X | undefined
}

export interface Unrolled<X> {
  readonly runs: readonly LayerRun<X>[]
  /** h_t of the top layer for every step, [N,H] each. */
  readonly hs: readonly X[]
}

/** What differs from row to row of a batch. */
export interface RowConditions<X> {
  /** For each step [N,1]: 1 where the row's sequence still goes on. At other steps its state stays and has no gradient. All go on unless given. */
  readonly goesOn?: readonly X[] | undefined
  /** Masks [N,H] on the output of each layer but the top. */
  readonly dropout?: readonly X[] | undefined
}

/**
 * All layers over all steps.
 * @param inputs Vectors [T,N,X] or ids [T,N].
 * @param initial The states of each layer before the first step, constants to the gradient.
 */
export function unroll<X>(
  ops: Ops<X>,
  network: Network,
  parameters: Tensors<X>,
  inputs: X,
  initial: readonly Tensors<X>[],
  { goesOn, dropout }: RowConditions<X> = {},
): Unrolled<X> {
  const runs: LayerRun<X>[] = []
  let input = firstInput(ops, network, parameters, inputs)
  let hs: readonly X[] = []
  for (const [layer, before] of initial.entries()) {
    const mask = dropout?.[layer - 1]
    if (layer > 0) input = { kind: 'vectors', x: dropped(ops, ops.concat(hs, 0), mask) }
    const p = under(parameters, `layers.${layer}.`)
    const run = { ...unrollLayer(ops, network, p, input, { initial: before, goesOn }), goesOn, dropout: mask }
    hs = run.states.map((state) => named(state, 'h'))
    runs.push(run)
  }
  return { runs, hs }
}

function unrollLayer<X>(
  ops: Ops<X>,
  { cell, batchSize }: Network,
  p: Tensors<X>,
  input: LayerInput<X>,
  { initial, goesOn }: { initial: Tensors<X>; goesOn: readonly X[] | undefined },
): Pick<LayerRun<X>, 'input' | 'states' | 'saved'> {
  const A = ops.scope(() => project(ops, p, input)) // [TN,gH]
  const T = ops.size(A, 0) / batchSize
  const states: Tensors<X>[] = []
  const saved: Tensors<X>[] = []
  let state = initial
  for (const [t, wx] of steps(ops, A, T).entries()) {
    const previous = state
    const mask = goesOn?.[t]
    const step = ops.scope(() => {
      const next = cell.forward(ops, p, wx, previous)
      return mask === undefined ? next : { ...next, state: keepUnless(ops, mask, next.state, previous) }
    })
    state = step.state
    states.push(state)
    saved.push(step.saved)
  }
  return { input, states, saved }
}

/** Rows [TN,…] as T parts of N rows. */
export function steps<X>(ops: Ops<X>, rows: X, T: number): X[] {
  const N = ops.size(rows, 0) / T
  return ops.split(
    rows,
    Array.from({ length: T }, () => N),
    0,
  )
}
