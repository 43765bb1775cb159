// Backward through time, t = T … 1, layer by layer from the top; a backward direction, whose last step is t = 1, the other way.
// The serial part is one product with the recurrent
// weights a step; the gradients of all weights are one product each, after the loop.

import { makeStepParameters, type Backward, type Cell, type RecurrentBias } from '../cells/cell.ts'
import type { ClipTimestep } from '../clip/policy.ts'
import type { Compensation } from '../engine.ts'
import { matrix } from '../cells/connection.ts'
import { nameNormal } from '../cells/layer_norm.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { dropped } from '../network/dropout.ts'
import { keepZonesBackward } from '../network/zoneout.ts'
import { PROJECTED, projectStateBackward } from '../network/projection.ts'
import { joinFlowStates, stepFlow } from '../observe/flow.ts'
import { embeddingGradient, inputGradient, projectBackward } from '../network/input.ts'
import { listLayerShapes, listLevels, type Network } from '../network/network.ts'
import { keepUnless } from '../ops/nonfinite.ts'
import type { Ops } from '../ops/ops.ts'
import { scan } from '../ops/scan.ts'
import { joinRows } from '../ops/series.ts'
import type { Recurrence, Series, SeriesByName } from '../ops/ops.ts'
import { mapTensors, named, prefixed, under, type Tensors } from '../ops/tensors.ts'
import { compensationFactors } from './compensation.ts'
import type { LayerRun } from './layer_run.ts'
import { addScaled, countRounded, rescale, type Scaled } from './rescaling.ts'

export interface BackpropagateOptions<X = never> {
  /** Also report the flow. */
  readonly flow?: boolean
  /** Also report the gradients of all states. */
  readonly states?: boolean
  readonly clipTimestep?: ClipTimestep | undefined
  /** What the gradients from a step to the one before are multiplied by, before anything is clipped; by 1 unless given. */
  readonly compensation?: Compensation | undefined
  /** Gradients of each layer's states after the last step, [N,H] each; zeros unless given. */
  readonly dAfter?: readonly Tensors<X>[]
  /**
   * S, where the gradients of several losses go back side by side: N rows of each, below those of the one before, [SN,H], and what
   * a step has saved serves all of them. The gradients of the states alone are then made. One unless given.
   */
  readonly sources?: number
}

export interface LayerBack<X> {
  /** Gradients of the layer's parameters, by their short names; none with `sources`. */
  readonly gradients: Tensors<X>
  /** Gradient of all pre-activations, [TN,gH]. */
  readonly dA: X
  /** Gradients of the states before the first step. */
  readonly dInitial: Tensors<X>
  /** log₁₀ of the norm of each state's total gradient at each step, [1,1] each, or [1,S], as the pass used it: after clipTimestep. Empty unless asked for. */
  readonly flow: SeriesByName<X>
  /** The total gradient of each state at each step, [N,H] each, zeros behind the end of a row. Empty unless asked for. */
  readonly dStates: SeriesByName<X>
  /** Share clipped at each step, [1,1] each; absent without clipTimestep. */
  readonly clipped?: Series<X>
  /** Of a pass that rescales rows. */
  readonly scaled?: ScaledBack<X>
}

/** What a pass that rescales rows finds at each step. */
export interface ScaledBack<X> {
  /** Norm of each row of the total gradient of h, [N,1] each, to be multiplied by 2 to the power of its exponent. */
  readonly norms: Series<X>
  /** Of all gradients of the step, dA among them, [N,1] each. */
  readonly exponents: Series<X>
  /** Derivatives of tanh and σ that the engine rounds to 0 where a gradient is not, [1,1] each. */
  readonly rounded: Series<X>
}

export interface BackpropagateResult<X> {
  /** Gradients of embedding and layers by full name. */
  readonly gradients: Tensors<X>
  readonly layers: readonly LayerBack<X>[]
}

/** What is gone back through. */
export interface BackwardPass<X> {
  /** The inputs `unroll` had. */
  readonly inputs: X
  readonly runs: readonly LayerRun<X>[]
  /** Gradient of the output of the top layer for each step, [N,H]; zeros where step t has no loss of its own, undefined where none has. */
  readonly dh: Series<X> | undefined
}

/** The gradients of everything below the read-out. */
export function backpropagate<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  { inputs, runs, dh }: BackwardPass<X>,
  options: BackpropagateOptions<X> = {},
): BackpropagateResult<X> {
  const shapes = listLayerShapes(network)
  let dOutput: Series<X> | undefined = dh
  let gradients: Tensors<X> = {}
  const layers: LayerBack<X>[] = [] // filled from the top
  for (const [depth, rows] of [...listLevels(network).entries()].toReversed()) {
    const injected = splitDirections(ops, dOutput, rows.length)
    const own = rows.map((row, direction) => {
      const prefix = `${network.layers[row]!.name}.`
      const p = under(parameters, prefix)
      const dAfter = options.dAfter?.[row] ?? mapTensors(shapes[row]!, (shape) => ops.zeros(shape))
      const back = layerBackward(ops, network, runs[row]!, {
        ...options,
        p,
        injected: injected[direction],
        dAfter,
      })
      layers[row] = back
      return prefixed(back.gradients, prefix)
    })
    gradients = Object.assign({}, ...own, gradients) as Tensors<X>
    const dX = (): X => levelInputGradient({ ops, network, parameters }, depth, layers)
    if (depth > 0) {
      const dInput = dropped(ops, dX(), runs[rows[0]!]!.dropout)
      const past = network.residual ? dOutput : undefined // past the layer, to the output of the one below
      dOutput = { rows: past === undefined ? dInput : ops.add(dInput, joinRows(ops, past)) }
    } else if (options.sources === undefined)
      gradients = { ...embeddingGradient(ops, network, inputs, dX), ...gradients }
  }
  return { gradients, layers }
}

/** What the output of a layer sends back to each of its directions: its columns of [N,H] each. */
function splitDirections<X>(
  ops: Ops<X>,
  dOutput: Series<X> | undefined,
  directions: number,
): readonly (Series<X> | undefined)[] {
  if (dOutput === undefined || directions === 1) return Array.from({ length: directions }, () => dOutput)
  const rows = joinRows(ops, dOutput)
  const H = ops.size(rows, 1) / directions
  const parts = ops.split(
    rows,
    Array.from({ length: directions }, () => H),
    1,
  )
  return parts.map((part) => ({ rows: part }))
}

/** dX [TN,X] of what a layer of the stack reads, over all its directions. */
export function levelInputGradient<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  depth: number,
  layers: readonly Pick<LayerBack<X>, 'dA'>[],
): X {
  const each = listLevels(network)[depth]!.map((row) =>
    inputGradient(ops, under(parameters, `${network.layers[row]!.name}.`), layers[row]!.dA),
  )
  return each.reduce((sum, dX) => ops.add(sum, dX))
}

interface LayerBackOptions<X> extends Omit<BackpropagateOptions, 'dAfter'> {
  /** The layer's parameters. */
  readonly p: Tensors<X>
  /** What is added to the gradient of h at each step. */
  readonly injected: Series<X> | undefined
  /** Of the rows of `injected`, [N,1] each, where rows are rescaled. */
  readonly exponents?: Series<X> | undefined
  /** With an EXPONENT of each row [N,1], rows are rescaled at every step, and the gradients of the states alone are made. */
  readonly dAfter: Tensors<X>
}

/** One layer, from the gradients of its states after the last step to those before the first. */
export function layerBackward<X>(
  ops: Ops<X>,
  network: Network,
  run: LayerRun<X>,
  options: LayerBackOptions<X>,
): LayerBack<X> {
  const { p: own, injected, exponents, compensation, dAfter, sources } = options
  const p = makeStepParameters(ops, network.cell, own)
  const { carry, kept } = scan(ops, {
    steps: run.steps,
    backwards: run.direction === 'forward',
    carry: dAfter,
    given: {
      ...giveRun(run),
      ...(injected && { [INJECTED]: injected }),
      ...(exponents && { [INJECTED_EXPONENT]: exponents }),
      ...(compensation && { [COMPENSATION]: compensationFactors(ops, compensation, run.steps) }),
    },
    step: createStep(network, run, { ...options, p }),
  })
  const { [CLIPPED]: clipped, [EXPONENT]: scaledBy, [ROW_NORMS]: norms, [ROUNDED]: rounded } = kept
  const dA = joinRows(ops, named(kept, DA))
  const ofStatesAlone = sources !== undefined || scaledBy !== undefined
  return {
    gradients: ofStatesAlone ? {} : parameterGradients(ops, network.cell, run, { p, dA, kept }),
    dA,
    dInitial: carry,
    flow: under(kept, FLOW),
    dStates: under(kept, STATE),
    ...(clipped && { clipped }),
    ...(scaledBy && { scaled: { norms: norms!, exponents: scaledBy, rounded: rounded! } }),
  }
}

/** What a step back is given of a pass, by name. */
export function giveRun<X>({ saved, zones, mask }: LayerRun<X>): SeriesByName<X> {
  return { ...saved, ...prefixed(zones, ZONE), ...(mask && { [MASK]: mask }) }
}

/** One step back through a layer, from the gradients of its states to those of the states before. */
export function createStep<X>(
  { cell, zoneout: rates }: Network,
  { recurrentDropout: dropoutMask }: LayerRun<X>,
  { p, flow = false, states = false, clipTimestep, sources }: Omit<LayerBackOptions<X>, 'injected' | 'dAfter'>,
): Recurrence<X>['step'] {
  const repeat = (ops: Ops<X>, x: X): X => (sources === undefined ? x : repeatRows(ops, x, sources))
  return (ops, { [EXPONENT]: carried, ...dAfterStep }, given) => {
    const { [INJECTED]: dh, [INJECTED_EXPONENT]: injectedExponent, [COMPENSATION]: factor, ...own } = given
    const dNext = factor === undefined ? dAfterStep : mapTensors(dAfterStep, (d) => ops.mul(d, factor))
    const { [MASK]: mask, ...saved } = mapTensors(own, (x) => repeat(ops, x))
    const injected = dh && { d: { h: dh }, exponent: injectedExponent }
    const { d: total, exponent } = addInjected(ops, { d: dNext, exponent: carried }, injected)
    const alive = mask === undefined ? total : keepUnless(ops, mask, total, zerosLike(ops, total))
    const limited = clipTimestep?.(ops, alive)
    const d = limited?.d ?? alive
    const { dMade, dStayed } = keepZonesBackward(ops, { rates, masks: under(saved, ZONE) }, d)
    const counting = exponent && countRounded(ops)
    const dCell = projectStateBackward(ops, p, dMade)
    const back = cell.backward(counting?.ops ?? ops, p, saved, dCell)
    const { da, dPrevious: sent, dState: made, dNormalised = {} } = back
    const dPrevious = addStayed(ops, passSeen(ops, sent, dropoutMask && repeat(ops, dropoutMask)), dStayed)
    const dProjected = p['Wp'] && { h: named(dMade, 'h') }
    const dState = { ...made, ...dProjected, ...mapTensors(dStayed, (_, state) => named(d, state)) }
    const flowing = joinFlowStates(ops, cell, dState)
    const dBefore = mask === undefined ? dPrevious : keepUnless(ops, mask, dPrevious, total) // the state stayed
    return {
      carry: exponent === undefined ? dBefore : carryScaled(rescale(ops, { d: dBefore, exponent })),
      kept: {
        [DA]: da,
        ...(dProjected && { [D_PROJECTED]: dProjected.h }),
        ...prefixed(dNormalised, NORMALISED),
        ...(flow && prefixed(stepFlow(ops, flowing, sources), FLOW)),
        ...(states && prefixed(dState, STATE)),
        ...(limited && { [CLIPPED]: ops.reshape(limited.clipped, [1, 1]) }),
        ...(exponent && { [EXPONENT]: exponent, [ROW_NORMS]: ops.rowNorms(named(flowing, 'h')) }),
        ...(counting && { [ROUNDED]: counting.count() }),
      },
    }
  }
}

/** The gradient of a step's states with what is added to that of h; with exponents where the rows have them. */
function addInjected<X>(
  ops: Ops<X>,
  { d, exponent }: MaybeScaled<X>,
  injected: MaybeScaled<X> | undefined,
): MaybeScaled<X> {
  if (injected === undefined) return { d, exponent }
  if (exponent !== undefined)
    return addScaled(
      ops,
      { d, exponent },
      { d: injected.d, exponent: injected.exponent ?? ops.zeros(ops.shape(exponent)) },
    )
  return { d: { ...d, h: ops.add(named(d, 'h'), named(injected.d, 'h')) }, exponent }
}

type MaybeScaled<X> = Pick<Scaled<X>, 'd'> & { readonly exponent: X | undefined }

function carryScaled<X>({ d, exponent }: Scaled<X>): Tensors<X> {
  return { ...d, [EXPONENT]: exponent }
}

/** The rows of a step once for each source, one below the other. */
function repeatRows<X>(ops: Ops<X>, x: X, sources: number): X {
  return ops.concat(
    Array.from({ length: sources }, () => x),
    0,
  )
}

/** What is sent back to each state: to h also what the recurrent weights have seen of it. */
function passSeen<X>(
  ops: Ops<X>,
  { seen, ...sent }: Backward<X, string>['dPrevious'],
  dropoutMask: X | undefined,
): Tensors<X> {
  const others: Tensors<X> = sent
  if (seen === undefined) return others
  const dh = dropoutMask === undefined ? seen : ops.mul(seen, dropoutMask)
  return { ...others, h: others['h'] === undefined ? dh : ops.add(others['h'], dh) }
}

/** The gradients of the states of step t-1, with what comes to them past the cell. */
function addStayed<X>(ops: Ops<X>, dPrevious: Tensors<X>, dStayed: Tensors<X>): Tensors<X> {
  return { ...dPrevious, ...mapTensors(dStayed, (d, state) => ops.add(named(dPrevious, state), d)) }
}

/** What the exponents of rows are called beside the states that they belong to. */
export const EXPONENT = 'exponent'

// Names beside those that a cell gives to what it saves.
const INJECTED_EXPONENT = 'injected exponent'
const ROW_NORMS = 'row norms'
const ROUNDED = 'rounded'
const INJECTED = 'injected dh'
const MASK = 'sequence mask'
const COMPENSATION = 'compensation'
const DA = 'da'
const D_PROJECTED = 'd projected'
const CLIPPED = 'clipped'
const FLOW = 'flow.'
const NORMALISED = 'normalised.'
const STATE = 'state.'
const ZONE = 'zone.'

function zerosLike<X>(ops: Ops<X>, tensors: Tensors<X>): Tensors<X> {
  return mapTensors(tensors, (x) => ops.zeros(ops.shape(x)))
}

/** Σ_t of the gradients of all parameters of a layer. */
function parameterGradients<X>(
  ops: Ops<X>,
  cell: Cell,
  run: LayerRun<X>,
  { p, dA, kept }: { readonly p: Tensors<X>; readonly dA: X; readonly kept: SeriesByName<X> },
): Tensors<X> {
  return {
    ...weightGradients(ops, cell, run, { p, dA }),
    ...projectionGradient(ops, run, kept[D_PROJECTED]),
    ...normaliserGradients(ops, cell, run, under(kept, NORMALISED)),
    ...cell.dynamics?.gradients(ops, p, { saved: (name) => joinRows(ops, named(run.saved, name)), dA }),
  }
}

/** Σ_t of each weight's gradient: one product, or sum, over all T·N rows. */
function weightGradients<X>(
  ops: Ops<X>,
  cell: Cell,
  run: LayerRun<X>,
  { p, dA }: { readonly p: Tensors<X>; readonly dA: X },
): Tensors<X> {
  return ops.scope(() => ({
    ...projectBackward(ops, cell, { p, input: run.input, dA }),
    ...Object.fromEntries(
      cell.recurrent.map((weight) => {
        const { parameter, connection = matrix } = weight
        const left = joinRows(ops, named(run.saved, weight.left)) // [TN,H]
        return [parameter, connection.gradient(ops, left, addendGradient(ops, cell, run, { weight, dA }))]
      }),
    ),
    ...Object.fromEntries(
      (cell.recurrentBiases ?? []).map((weight) => [
        weight.parameter,
        ops.sumRows(addendGradient(ops, cell, run, { weight, dA })),
      ]),
    ),
  }))
}

/** Σ_t of the gradient of Wp, from that of what it makes at each step; none without a projection. */
function projectionGradient<X>(ops: Ops<X>, run: LayerRun<X>, dProjected: Series<X> | undefined): Tensors<X> {
  if (dProjected === undefined) return {}
  const m = joinRows(ops, named(run.saved, PROJECTED)) // [TN,H]
  return { Wp: ops.matMul(m, joinRows(ops, dProjected), { transposeA: true }) }
}

/** Σ_t of the gradients of each gain and bias of a normalisation, from those of what it makes of each place. */
function normaliserGradients<X>(
  ops: Ops<X>,
  { normalised = [] }: Cell,
  run: LayerRun<X>,
  dNormalised: SeriesByName<X>,
): Tensors<X> {
  const gradients = normalised.flatMap(({ gain, bias, places }) => {
    const of = Object.keys(places).map((place) => {
      const dn = joinRows(ops, named(dNormalised, place)) // [TN,kH]
      return {
        gain: ops.sumRows(ops.mul(dn, joinRows(ops, named(run.saved, nameNormal(place))))),
        bias: ops.sumRows(dn),
      }
    })
    return (['gain', 'bias'] as const).map((which) => {
      const parts = of.map((each) => each[which])
      return [{ gain, bias }[which], parts.length === 1 ? parts[0]! : ops.concat(parts, 0)] as const
    })
  })
  return Object.fromEntries(gradients)
}

/** The gradient, [TN,kH], of what a weight or a bias of the recurrence adds up to before it is scaled. */
function addendGradient<X>(
  ops: Ops<X>,
  cell: Cell,
  run: LayerRun<X>,
  { weight, dA }: { readonly weight: RecurrentBias<string, string>; readonly dA: X },
): X {
  const da = gateColumns(ops, cell, weight, dA)
  return weight.scaledBy === undefined ? da : ops.mul(da, joinRows(ops, named(run.saved, weight.scaledBy)))
}

/** The columns of dA [TN,gH] that belong to a weight's gates. */
function gateColumns<X>(ops: Ops<X>, cell: Cell, { gates }: Pick<RecurrentBias<string, string>, 'gates'>, dA: X): X {
  const g = cell.gates.length
  if (gates.length === g) return dA
  const H = ops.size(dA, 1) / g
  const before = cell.gates.findIndex((gate) => gates.includes(gate)) * H
  const own = gates.length * H
  const [, columns] = ops.split(dA, [before, own, g * H - before - own], 1)
  return columns
}
