// Forward through time. Serial part: one product with the recurrent weights a step.

import type { BoundNetwork } from '../network/bound.ts'
import { dropped, chooseMasks } from '../network/dropout.ts'
import { firstInput, project, type LayerInput } from '../network/input.ts'
import type { Network } from '../network/network.ts'
import { keepUnless } from '../ops/nonfinite.ts'
import type { Ops } from '../ops/ops.ts'
import { scan } from '../ops/scan.ts'
import type { Scanned } from '../ops/ops.ts'
import { joinRows } from '../ops/series.ts'
import type { Series, SeriesByName } from '../ops/ops.ts'
import { named, prefixed, under, type Tensors } from '../ops/tensors.ts'

/** What backward needs of one layer's pass through T steps. */
export interface LayerRun<X> {
  /** T. */
  readonly steps: number
  readonly input: LayerInput<X>
  /** The states after each step by name, [N,H] each. */
  readonly states: SeriesByName<X>
  /** What the cell saved of each step, by name. */
  readonly saved: SeriesByName<X>
  readonly mask: Series<X> | undefined
  /** The mask on the layer's input; undefined where it has none. */
  readonly dropout: X | undefined
  /** The mask on what the recurrent weights see of h_{t-1}; undefined where there is none. */
  readonly recurrentDropout: X | undefined
}

export interface Unrolled<X> {
  /** T. */
  readonly steps: number
  readonly runs: readonly LayerRun<X>[]
  /** The output of the top layer for every step, [N,H] each: h_t, and with residual the output of the layer below added. */
  readonly hs: Series<X>
  /** The states of each layer after the last step, [N,H] each. */
  readonly after: readonly Tensors<X>[]
}

/** What differs from row to row of a batch. */
export interface RowConditions<X> {
  /** For each step [N,1]: 1 where the row's sequence still goes on. At other steps its state stays and has no gradient. All go on unless given. */
  readonly mask?: Series<X> | undefined
  /** Those of dropoutMasks, [N,H] each. */
  readonly dropout?: readonly X[] | undefined
}

const STATE = 'state.'
const SAVED = 'saved.'

/**
 * All layers over all steps.
 * @param inputs Vectors [T,N,X] or ids [T,N].
 * @param initial The states of each layer before the first step, constants to the gradient.
 */
export function unroll<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  inputs: X,
  initial: readonly Tensors<X>[],
  { mask, dropout }: RowConditions<X> = {},
): Unrolled<X> {
  const steps = ops.size(inputs, 0)
  const runs: LayerRun<X>[] = []
  const after: Tensors<X>[] = []
  let input = firstInput(ops, network, parameters, inputs)
  let outputs: Series<X> = { steps: [] }
  for (const [layer, before] of initial.entries()) {
    const masks = chooseMasks(network, dropout, layer)
    if (layer > 0) input = { kind: 'vectors', x: dropped(ops, joinRows(ops, outputs), masks.dropout) }
    const p = under(parameters, `layers.${layer}.`)
    const plan: LayerPlan<X> = { ...masks, input, steps, initial: before, mask, keep: everything }
    const { kept, carry }: Scanned<X> = unrollLayer(ops, network, p, plan)
    after.push(carry)
    const states: SeriesByName<X> = under(kept, STATE)
    outputs = layerOutputs(ops, network, named(states, 'h'), layer > 0 ? outputs : undefined)
    runs.push({ steps, input, states, saved: under(kept, SAVED), mask, ...masks })
  }
  return { steps, runs, hs: outputs, after }
}

/** The states after the last step alone, of each layer; no other number of the top layer is kept. */
export function unrollStates<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  inputs: X,
  initial: readonly Tensors<X>[],
  { mask, dropout }: RowConditions<X> = {},
): readonly Tensors<X>[] {
  const steps = ops.size(inputs, 0)
  let input = firstInput(ops, network, parameters, inputs)
  let outputs: Series<X> | undefined
  return initial.map((before, layer) => {
    const isTop = layer === network.layers.length - 1
    const keep = ({ state }: Made<X>): Tensors<X> => (isTop ? {} : { h: named(state, 'h') })
    const p = under(parameters, `layers.${layer}.`)
    const masks = chooseMasks(network, dropout, layer)
    if (outputs !== undefined) input = { kind: 'vectors', x: dropped(ops, joinRows(ops, outputs), masks.dropout) }
    const plan: LayerPlan<X> = { ...masks, input, steps, initial: before, mask, keep }
    const { kept, carry }: Scanned<X> = unrollLayer(ops, network, p, plan)
    if (!isTop) outputs = layerOutputs(ops, network, named(kept, 'h'), outputs)
    return carry
  })
}

/**
 * What a layer gives to the one above, from its h_t.
 *
 * @param below The output of the layer below, if there is one.
 */
function layerOutputs<X>(
  ops: Ops<X>,
  { residual }: Pick<Network, 'residual'>,
  hs: Series<X>,
  below: Series<X> | undefined,
): Series<X> {
  if (!residual || below === undefined) return hs
  return { rows: ops.add(joinRows(ops, hs), joinRows(ops, below)) }
}

/** The outputs of all layers, from h_t of each, [N,H]. */
export function stackOutputs<X>(
  ops: Ops<X>,
  network: Pick<Network, 'residual'>,
  hs: readonly Series<X>[],
): readonly Series<X>[] {
  const outputs: Series<X>[] = []
  for (const of of hs) outputs.push(layerOutputs(ops, network, of, outputs.at(-1)))
  return outputs
}

function everything<X>({ state, saved }: Made<X>): Tensors<X> {
  return { ...prefixed(state, STATE), ...prefixed(saved, SAVED) }
}

/** What a step makes. */
interface Made<X> {
  readonly state: Tensors<X>
  readonly saved: Tensors<X>
}

interface LayerPlan<X> extends Pick<LayerRun<X>, 'recurrentDropout'> {
  readonly input: LayerInput<X>
  readonly steps: number
  readonly initial: Tensors<X>
  readonly mask: Series<X> | undefined
  /** What is kept of each step. */
  readonly keep: (made: Made<X>) => Tensors<X>
}

function unrollLayer<X>(
  ops: Ops<X>,
  { cell }: Network,
  p: Tensors<X>,
  { input, steps, initial, mask, recurrentDropout, keep }: LayerPlan<X>,
): Scanned<X> {
  const A = ops.scope(() => project(ops, cell, p, input)) // [TN,gH]
  return scan(ops, {
    steps,
    carry: initial,
    given: { wx: { rows: A }, ...(mask && { mask }) },
    step: (inner, previous, { wx, mask: alive }) => {
      const h = named(previous, 'h')
      const seen = recurrentDropout === undefined ? h : inner.mul(h, recurrentDropout)
      const next = cell.forward(inner, p, wx!, { ...previous, seen })
      const state = alive === undefined ? next.state : keepUnless(inner, alive, next.state, previous)
      return { carry: state, kept: keep({ state, saved: next.saved }) }
    },
  })
}
