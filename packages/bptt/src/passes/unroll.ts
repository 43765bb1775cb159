// Forward through the layers. Serial part: one product with the recurrent weights a step. A backward direction goes through the
// steps from the last to the first; where a row has ended its state stays, so that it begins at the row's own last step.

import { makeStepParameters } from '../cells/cell.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { dropped, chooseMasks } from '../network/dropout.ts'
import { chooseZones, keepZones } from '../network/zoneout.ts'
import { projectState } from '../network/projection.ts'
import { firstInput, project, type LayerInput } from '../network/input.ts'
import { listLevels, type Network } from '../network/network.ts'
import { keepUnless } from '../ops/nonfinite.ts'
import type { Ops } from '../ops/ops.ts'
import { scan } from '../ops/scan.ts'
import type { Scanned } from '../ops/ops.ts'
import { joinRows } from '../ops/series.ts'
import type { Series } from '../ops/ops.ts'
import { named, prefixed, under, type Tensors } from '../ops/tensors.ts'
import type { LayerRun } from './layer_run.ts'

export interface Unrolled<X> {
  /** T. */
  readonly steps: number
  /** Of each layer, direction by direction. */
  readonly runs: readonly LayerRun<X>[]
  /** The output of the top layer for every step, [N,H] each: h_t of its directions side by side, and with residual the output of the layer below added. */
  readonly hs: Series<X>
  /** The states of each layer after the last step that it takes, [N,H] each. */
  readonly after: readonly Tensors<X>[]
}

/** What differs from row to row of a batch. */
export interface RowConditions<X> {
  /** For each step [N,1]: 1 where the row's sequence still goes on. At other steps its state stays and has no gradient. All go on unless given. */
  readonly mask?: Series<X> | undefined
  /** Those of dropoutMasks, [N,H] each. */
  readonly dropout?: readonly X[] | undefined
  /** Those of zoneoutMasks, [N,H] each, for each step; their means unless given. */
  readonly zoneout?: readonly Series<X>[] | undefined
}

const STATE = 'state.'
const SAVED = 'saved.'
const ZONE = 'zone.'

/**
 * All layers over all steps.
 * @param inputs Vectors [T,N,X] or ids [T,N].
 * @param initial The states of each layer before the first step, constants to the gradient.
 * @param conditions.answers Whether the states have the bits of `unrollOutputs`; those of training unless given.
 */
export function unroll<X>(
  bound: BoundNetwork<X>,
  inputs: X,
  initial: readonly Tensors<X>[],
  conditions: RowConditions<X> & { readonly answers?: boolean } = {},
): Unrolled<X> {
  const { outputs, after, passes } = unrollStack(bound, inputs, initial, { ...conditions, choose: () => keepAll })
  const steps = bound.ops.size(inputs, 0)
  const runs = passes.map(({ kept, ...pass }) => ({
    ...pass,
    steps,
    states: under(kept, STATE),
    saved: under(kept, SAVED),
    mask: conditions.mask,
  }))
  return { steps, runs, hs: outputs!, after }
}

/**
 * `unroll` without what only a backward pass reads: h of each layer is kept, and its states after the last step. Where a scan can
 * do so, the numbers of a row are the same however many rows there are.
 */
export function unrollOutputs<X>(
  bound: BoundNetwork<X>,
  inputs: X,
  initial: readonly Tensors<X>[],
  conditions: RowConditions<X> = {},
): Pick<Unrolled<X>, 'steps' | 'hs' | 'after'> {
  const { outputs, after } = unrollStack(bound, inputs, initial, { ...conditions, choose: () => keepH, answers: true })
  return { steps: bound.ops.size(inputs, 0), hs: outputs!, after }
}

/**
 * The states after the last step alone, of each layer; no other number of the top layer is kept.
 *
 * @param conditions.answers Whether they have the bits of `unrollOutputs`; those of `unroll` unless given.
 */
export function unrollStates<X>(
  bound: BoundNetwork<X>,
  inputs: X,
  initial: readonly Tensors<X>[],
  conditions: RowConditions<X> & { readonly answers?: boolean } = {},
): readonly Tensors<X>[] {
  return unrollStack(bound, inputs, initial, { ...conditions, choose: chooseLowerH }).after
}

/** One direction of a layer after its pass. */
type Pass<X> = Pick<LayerRun<X>, 'direction' | 'input' | 'dropout' | 'recurrentDropout' | 'zones'> &
  Pick<Scanned<X>, 'kept'>

/**
 * The layers of the stack one after the other.
 *
 * @param conditions.choose what is kept of each step, of the top layer and of the others
 * @param conditions.answers whether the inputs are multiplied within the steps, where a scan does so
 * @returns the output of the highest layer of which h is kept, and a pass and the states after it of each direction
 */
function unrollStack<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  inputs: X,
  initial: readonly Tensors<X>[],
  {
    mask,
    dropout,
    zoneout,
    choose,
    answers = false,
  }: RowConditions<X> & { readonly choose: (isTop: boolean) => Keep; readonly answers?: boolean },
): {
  readonly outputs: Series<X> | undefined
  readonly after: readonly Tensors<X>[]
  readonly passes: readonly Pass<X>[]
} {
  const steps = ops.size(inputs, 0)
  const levels = listLevels(network)
  const after: Tensors<X>[] = []
  const passes: Pass<X>[] = []
  let input = firstInput(ops, network, parameters, { inputs, rowByRow: answers })
  let outputs: Series<X> | undefined
  for (const rows of levels) {
    if (outputs !== undefined) input = inputAbove(ops, outputs, chooseMasks(network, dropout, rows[0]!).dropout)
    const keep = choose(rows === levels.at(-1))
    const own: Series<X>[] = []
    for (const row of rows) {
      const masks = { ...chooseMasks(network, dropout, row), zones: chooseZones(network, zoneout, row) }
      const plan: LayerPlan<X> = { ...masks, row, input, steps, initial: initial[row]!, mask, keep, answers }
      const { kept, carry }: Scanned<X> = unrollLayer(ops, network, parameters, plan)
      after.push(carry)
      passes.push({ ...masks, direction: network.layers[row]!.direction, input, kept })
      if (keep !== keepNothing) own.push(named(kept, `${STATE}h`))
    }
    if (own.length > 0) outputs = layerOutputs(ops, network, own, outputs)
  }
  return { outputs, after, passes }
}

/** What a layer reads of the output of the one below. */
function inputAbove<X>(ops: Ops<X>, below: Series<X>, mask: X | undefined): LayerInput<X> {
  return { kind: 'vectors', x: dropped(ops, joinRows(ops, below), mask) }
}

/**
 * What a layer gives to the one above, from h_t of each of its directions.
 *
 * @param below The output of the layer below, if there is one.
 */
function layerOutputs<X>(
  ops: Ops<X>,
  { residual }: Pick<Network, 'residual'>,
  hs: readonly Series<X>[],
  below: Series<X> | undefined,
): Series<X> {
  const sideBySide = (): X =>
    ops.concat(
      hs.map((each) => joinRows(ops, each)),
      1,
    )
  if (residual && below !== undefined) return { rows: ops.add(sideBySide(), joinRows(ops, below)) }
  return hs.length === 1 ? hs[0]! : { rows: sideBySide() }
}

/** The outputs of all layers of the stack, from h_t of each of their directions, [N,H]. */
export function stackOutputs<X>(
  ops: Ops<X>,
  network: Pick<Network, 'layers' | 'residual'>,
  hs: readonly Series<X>[],
): readonly Series<X>[] {
  const outputs: Series<X>[] = []
  for (const rows of listLevels(network)) {
    const own = rows.map((row) => hs[row]!)
    outputs.push(layerOutputs(ops, network, own, outputs.at(-1)))
  }
  return outputs
}

/** What a step makes. */
interface Made<X> {
  readonly state: Tensors<X>
  readonly saved: Tensors<X>
}

/** What is kept of a step. */
type Keep = <X>(made: Made<X>) => Tensors<X>

const keepAll: Keep = ({ state, saved }) => prefixed(saved, SAVED, prefixed(state, STATE))
const keepH: Keep = ({ state }) => ({ [`${STATE}h`]: named(state, 'h') })
const keepNothing: Keep = () => ({})
const chooseLowerH = (isTop: boolean): Keep => (isTop ? keepNothing : keepH)

interface LayerPlan<X> extends Pick<LayerRun<X>, 'recurrentDropout' | 'zones'> {
  /** Its place in the table of layers. */
  readonly row: number
  readonly input: LayerInput<X>
  readonly steps: number
  readonly initial: Tensors<X>
  readonly mask: Series<X> | undefined
  readonly keep: Keep
  readonly answers: boolean
}

function unrollLayer<X>(
  ops: Ops<X>,
  { cell, layers, zoneout: rates }: Network,
  parameters: Tensors<X>,
  { row, input, steps, initial, mask, recurrentDropout, zones, keep, answers }: LayerPlan<X>,
): Scanned<X> {
  const { name, direction } = layers[row]!
  const p = makeStepParameters(ops, cell, under(parameters, `${name}.`))
  const read = input.kind === 'vectors' && answers && ops.scansProducts === true ? input.x : undefined
  const wxs = read === undefined ? ops.scope(() => project(ops, cell, p, input)) : undefined // [TN,gH]
  return scan(ops, {
    steps,
    backwards: direction === 'backward',
    carry: initial,
    given: {
      ...(wxs && { wx: { rows: wxs } }),
      ...(read && { x: { rows: read } }),
      ...(mask && { mask }),
      ...prefixed(zones, ZONE),
    },
    step: (inner, previous, { x, wx: projectedInput, mask: alive, ...given }) => {
      const wx = projectedInput ?? project(inner, cell, p, { kind: 'vectors', x: x! })
      const h = named(previous, 'h')
      const seen = recurrentDropout === undefined ? h : inner.mul(h, recurrentDropout)
      const next = cell.forward(inner, p, wx, { ...previous, seen })
      const projected = projectState(inner, p, next.state)
      const made = keepZones(inner, { rates, masks: under(given, ZONE) }, { previous, made: projected.state })
      const state = alive === undefined ? made : keepUnless(inner, alive, made, previous)
      return { carry: state, kept: keep({ state, saved: { ...next.saved, ...projected.saved } }) }
    },
  })
}
