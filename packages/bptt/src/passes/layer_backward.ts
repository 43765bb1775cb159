// One layer backward through time, t = T … 1; a backward direction, whose last step is t = 1, the other way. The serial part is one
// product with the recurrent weights a step; the gradients of all weights are one product each, after the loop.

import { makeStepParameters, type Backward } from '../cells/cell.ts'
import type { ClipTimestep } from '../clip/policy.ts'
import type { Compensation } from '../engine.ts'
import type { Network } from '../network/network.ts'
import { projectStateBackward } from '../network/projection.ts'
import { keepZonesBackward } from '../network/zoneout.ts'
import { joinFlowStates, stepFlow } from '../observe/flow.ts'
import { keepUnless } from '../ops/nonfinite.ts'
import type { Ops, Recurrence, Series, SeriesByName } from '../ops/ops.ts'
import { scan } from '../ops/scan.ts'
import { joinRows } from '../ops/series.ts'
import { mapTensors, named, prefixed, under, type Tensors } from '../ops/tensors.ts'
import { compensationFactors } from './compensation.ts'
import type { LayerRun } from './layer_run.ts'
import { parameterGradients } from './parameter_gradients.ts'
import { addScaled, countRounded, rescale, type Scaled } from './rescaling.ts'

/** What a pass back through a layer does beside. */
export interface LayerChoices {
  /** Also report the flow. */
  readonly flow?: boolean
  /** Also report the gradients of all states. */
  readonly states?: boolean
  readonly clipTimestep?: ClipTimestep | undefined
  /** What the gradients from a step to the one before are multiplied by, before anything is clipped; by 1 unless given. */
  readonly compensation?: Compensation | undefined
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
  /** Gradient of the product of the inputs with Wx: that of `productGradient`; none with `sources`. */
  readonly dProduct?: X
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

interface LayerBackOptions<X> extends LayerChoices {
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
    dA,
    ...(ofStatesAlone
      ? { gradients: {} }
      : parameterGradients(ops, network.cell, run, {
          p,
          dA,
          dProjected: kept[D_PROJECTED],
          dNormalised: under(kept, NORMALISED),
        })),
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
