import type { Random } from '@unroll/random'
import { CELLS, type Model } from '@unroll/contract'
import type { Gate } from '../cells/cell.ts'

/**
 * Initial biases [H] of each gate: 0, but for the forget gate, which starts open at `forget_bias`. With `chrono_t_max`
 * b_f = log U(1, T_max - 1) and b_u = -b_f, so that memory spans up to T_max steps (Tallec and Ollivier 2018).
 */
export function initialBias(
  H: number,
  { cell, init }: Pick<Model, 'cell' | 'init'>,
  random: Random,
): (gate: Gate) => Float64Array {
  const role = CELLS[cell].gates
  const tMax = 'chrono_t_max' in init ? init.chrono_t_max : null
  if (tMax === null) {
    const forgetBias = 'forget_bias' in init ? init.forget_bias : 0
    return (gate) => new Float64Array(H).fill(role[gate] === 'forget' ? forgetBias : 0)
  }
  const forget = Float64Array.from({ length: H }, () => Math.log(1 + (tMax - 2) * random.uniform()))
  const update = forget.map((bias) => -bias)
  return (gate) => (role[gate] === 'forget' ? forget : role[gate] === 'update' ? update : new Float64Array(H))
}
