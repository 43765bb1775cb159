// Backward through time, t = T … 1, layer by layer from the top. The serial part is one product with the recurrent
// weights a step; the gradients of all weights are one product each, after the loop.

import type { Cell, RecurrentWeight } from './cell.ts'
import { matrix } from './connection.ts'
import { dropped } from './dropout.ts'
import { embeddingGradient, inputGradient, projectBackward } from './input.ts'
import type { Network } from './network.ts'
import { keepUnless } from './nonfinite.ts'
import type { Ops } from './ops.ts'
import { mapTensors, named, prefixed, under, type Tensors } from './tensors.ts'
import { steps, type LayerRun } from './unroll.ts'

/** Holds the running gradients of a step within bounds; `clipped` is the share, 0 to 1, that was out of them. */
export type TimestepClip<X> = (d: Tensors<X>) => { readonly d: Tensors<X>; readonly clipped: X }

export interface BackpropagateOptions<X> {
  /** Keep dStates; they are T tensors a state and layer. */
  readonly keepStates?: boolean
  readonly clipTimestep?: TimestepClip<X> | undefined
}

export interface LayerBack<X> {
  /** Gradients of the layer's parameters, by their short names. */
  readonly gradients: Tensors<X>
  /** Gradient of all pre-activations, [TN,gH]. */
  readonly dA: X
  /** Gradients of the states before the first step. */
  readonly dInitial: Tensors<X>
  /** Total gradient of each state at each step, oldest first, as the pass used it: after clipTimestep. Empty unless keepStates. */
  readonly dStates: readonly Tensors<X>[]
  /** Share clipped at each step; empty without clipTimestep. */
  readonly clipped: readonly X[]
}

export interface BackpropagateResult<X> {
  /** Gradients of embedding and layers by full name. */
  readonly gradients: Tensors<X>
  readonly layers: readonly LayerBack<X>[]
}

/**
 * The gradients of everything below the read-out.
 * @param inputs The inputs `unroll` had.
 * @param dh ∂L_t/∂h_t of the top layer for each step, [N,H]; undefined where step t has no loss of its own.
 */
export function backpropagate<X>(
  ops: Ops<X>,
  network: Network,
  parameters: Tensors<X>,
  inputs: X,
  runs: readonly LayerRun<X>[],
  dh: readonly (X | undefined)[],
  options: BackpropagateOptions<X> = {},
): BackpropagateResult<X> {
  let injected = dh
  let gradients: Tensors<X> = {}
  const layers: LayerBack<X>[] = []
  for (const [layer, run] of [...runs.entries()].toReversed()) {
    const p = under(parameters, `layers.${layer}.`)
    const back = layerBackward(ops, network, p, run, injected, options)
    layers.unshift(back)
    gradients = { ...prefixed(back.gradients, `layers.${layer}.`), ...gradients }
    if (layer > 0) injected = steps(ops, dropped(ops, inputGradient(ops, p, back.dA), run.dropout), dh.length)
    else gradients = { ...embeddingGradient(ops, network, inputs, () => inputGradient(ops, p, back.dA)), ...gradients }
  }
  return { gradients, layers }
}

function layerBackward<X>(
  ops: Ops<X>,
  { cell, batchSize, hiddenSize }: Network,
  p: Tensors<X>,
  run: LayerRun<X>,
  injected: readonly (X | undefined)[],
  { keepStates = false, clipTimestep }: BackpropagateOptions<X>,
): LayerBack<X> {
  const das: X[] = []
  const dStates: Tensors<X>[] = []
  const clipped: X[] = []
  let d: Tensors<X> = Object.fromEntries(cell.states.map((name) => [name, ops.zeros([batchSize, hiddenSize])]))
  for (const [t, saved] of [...run.saved.entries()].toReversed()) {
    const dNext = d
    const step = ops.scope(() => {
      const dh = injected[t]
      const total = dh === undefined ? dNext : { ...dNext, h: ops.add(named(dNext, 'h'), dh) }
      const mask = run.goesOn?.[t]
      const own =
        mask === undefined
          ? total
          : keepUnless(
              ops,
              mask,
              total,
              mapTensors(total, (x) => ops.zeros(ops.shape(x))),
            )
      const limited = clipTimestep?.(own)
      const { da, dPrevious, dState } = cell.backward(ops, p, saved, limited?.d ?? own)
      return {
        da,
        dPrevious: mask === undefined ? dPrevious : keepUnless(ops, mask, dPrevious, total), // the state stayed
        dState: keepStates ? dState : undefined,
        clipped: limited?.clipped,
      }
    })
    d = step.dPrevious
    das.unshift(step.da)
    if (step.dState !== undefined) dStates.unshift(step.dState)
    if (step.clipped !== undefined) clipped.push(step.clipped)
  }
  const dA = ops.concat(das, 0)
  return { gradients: weightGradients(ops, cell, p, run, dA), dA, dInitial: d, dStates, clipped }
}

/** Σ_t of each weight's gradient: one product over all T·N rows. */
function weightGradients<X>(ops: Ops<X>, cell: Cell, p: Tensors<X>, run: LayerRun<X>, dA: X): Tensors<X> {
  return ops.scope(() => ({
    ...projectBackward(ops, p, run.input, dA),
    ...Object.fromEntries(
      cell.recurrent.map((weight) => {
        const left = ops.concat(
          run.saved.map((saved) => named(saved, weight.left)),
          0,
        ) // [TN,H]
        const { parameter, connection = matrix } = weight
        return [parameter, connection.gradient(ops, left, gateColumns(ops, cell, weight, dA))]
      }),
    ),
  }))
}

/** The columns of dA [TN,gH] that belong to a weight's gates. */
function gateColumns<X>(ops: Ops<X>, cell: Cell, { gates }: RecurrentWeight<string, string>, dA: X): X {
  const g = cell.gates.length
  if (gates.length === g) return dA
  const H = ops.size(dA, 1) / g
  const before = cell.gates.findIndex((gate) => gates.includes(gate)) * H
  const own = gates.length * H
  const [, columns] = ops.split(dA, [before, own, g * H - before - own], 1)
  return columns
}
