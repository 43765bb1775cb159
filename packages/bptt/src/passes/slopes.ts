// What a linear cell multiplies the state before by, unit by unit. It follows from the cell's own equations: the state of a step is
// affine in the state before, so that its gradient backward from 1 is the factor.

import type { Cell } from '../cells/cell.ts'
import type { Network } from '../network/network.ts'
import { keepUnless } from '../ops/nonfinite.ts'
import type { Ops } from '../ops/ops.ts'
import { mapTensors, type Tensors } from '../ops/tensors.ts'

/** Whether the states of a layer are affine in those of the step before, with factors that `findSlopes` knows: not those of zoneout. */
export function isAffine({ cell, zoneout }: Pick<Network, 'cell' | 'zoneout'>): boolean {
  return cell.linear === true && Object.keys(zoneout).length === 0
}

/** ∂s_t/∂s_{t-1} of each state, [N,H] each; 1 where the row has ended and its state stays. */
export function findSlopes<X>(
  ops: Ops<X>,
  cell: Cell,
  { p, saved, alive }: { readonly p: Tensors<X>; readonly saved: Tensors<X>; readonly alive: X | undefined },
  states: Tensors<X>,
): Tensors<X> {
  const ones = mapTensors(states, (x) => ops.add(ops.zeros(ops.shape(x)), ops.constant(1)))
  const { seen, h = seen } = cell.backward(ops, p, saved, ones).dPrevious
  const slopes: Tensors<X> = h === undefined ? {} : { h }
  return alive === undefined ? slopes : keepUnless(ops, alive, slopes, ones)
}
