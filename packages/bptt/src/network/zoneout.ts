// Zoneout (Krueger et al. 2017): at each step a unit of a state stays what it was with probability p, in place of what the
// cell makes of it. Letters: docs/math/notation.md; ŝ_t is the state that the cell makes of all states of step t-1.
//   (1) s_t = d_t*s_{t-1} + (1-d_t)*ŝ_t    [N,H]   d_t 0 or 1 in an update, drawn for each step; else its mean p
// Backwards, with ds_t the total gradient of s_t:  dŝ_t = (1-d_t)*ds_t,  and d_t*ds_t goes to s_{t-1} besides.
// Within a step the cell goes on with ŝ_t: h_t of an LSTM is made of ĉ_t, not of c_t.

import { stateSize } from '@unroll/contract'
import { random } from '@unroll/random'
import type { Ops, Series, SeriesByName } from '../ops/ops.ts'
import { mapTensors, named, type Tensors } from '../ops/tensors.ts'
import type { Network } from './network.ts'

type Zoned = Pick<Network, 'layers' | 'batchSize' | 'zoneout'>

/** Consecutive steps of a window, the first counted from 0. */
export interface Steps {
  readonly start: number
  readonly steps: number
}

/**
 * The masks of one update for some of its steps, of the shapes of `zoneoutShapes`: 1 where a unit stays, else 0. A function of
 * (seed, update, layer, state, step of the window), so that steps may be drawn in parts.
 */
export function zoneoutMasks(
  network: Zoned,
  { seed, update }: { readonly seed: number; readonly update: number },
  { start, steps }: Steps,
): readonly Float32Array[] {
  return listZones(network).map(({ state, layer, p, size }) => {
    const width = network.batchSize * size
    const mask = new Float32Array(steps * width)
    for (let t = 0; t < steps; t++)
      mask.set(random(seed, `zoneout.${state}.${layer}.${start + t}`, update).trials(width, p), t * width)
    return mask
  })
}

/** The shapes of the masks of a number of steps, [TN,H] each: one for each state that stays, of each layer in each direction. */
export function zoneoutShapes(network: Zoned, steps: number): readonly (readonly [rows: number, H: number])[] {
  return listZones(network).map(({ size }) => [steps * network.batchSize, size])
}

/** The masks of a layer among those of an update, by state; none where the mean takes their place. */
export function chooseZones<X>(
  network: Pick<Network, 'layers' | 'zoneout'>,
  masks: readonly Series<X>[] | undefined,
  layer: number,
): SeriesByName<X> {
  if (masks === undefined) return {}
  const own = listZones(network).flatMap((zone, index) =>
    zone.layer === layer ? [[zone.state, masks[index]!] as const] : [],
  )
  return Object.fromEntries(own)
}

function listZones({ layers, zoneout }: Pick<Network, 'layers' | 'zoneout'>) {
  return layers.flatMap((own, layer) =>
    Object.entries(zoneout).map(([state, p]) => ({ state, layer, p, size: stateSize(own, state) })),
  )
}

/** What stays of each state at one step. */
export interface Zones<X> {
  /** p by state; states without one do not stay. */
  readonly rates: Network['zoneout']
  /** d_t by state, [N,H] each; p where there is none. */
  readonly masks: Tensors<X>
}

/** Equation (1). */
export function keepZones<X>(
  ops: Ops<X>,
  { rates, masks }: Zones<X>,
  { previous, made }: { readonly previous: Tensors<X>; readonly made: Tensors<X> },
): Tensors<X> {
  return mapTensors(made, (x, state) => {
    const p = rates[state]
    if (p === undefined) return x
    const old = named(previous, state)
    const mask = masks[state]
    return mask === undefined ? ops.add(ops.scale(old, p), ops.scale(x, 1 - p)) : ops.select(mask, old, x)
  })
}

/** What goes back from (1): to what the cell has made, and of the states that stay to those of step t-1. */
export function keepZonesBackward<X>(
  ops: Ops<X>,
  { rates, masks }: Zones<X>,
  d: Tensors<X>,
): { readonly dMade: Tensors<X>; readonly dStayed: Tensors<X> } {
  const part = (stays: boolean) => (x: X, state: string) => {
    const p = rates[state]!
    const mask = masks[state]
    if (mask === undefined) return ops.scale(x, stays ? p : 1 - p)
    const none = ops.zeros(ops.shape(x))
    return stays ? ops.select(mask, x, none) : ops.select(mask, none, x)
  }
  const zoned = Object.fromEntries(Object.entries(d).filter(([state]) => rates[state] !== undefined))
  return { dMade: { ...d, ...mapTensors(zoned, part(false)) }, dStayed: mapTensors(zoned, part(true)) }
}
