import type { Random } from '@unroll/random'
import type { Model } from '@unroll/spec'
import type { Gate } from '../cell.ts'

/** Gates that let the new value in, by their letters in the cells that have one; the forget gate is `f` in all of them. */
const UPDATE_GATES: readonly Gate[] = ['u', 'z', 'i']

/**
 * Initial biases [H] of each gate: 0, but for the forget gate, which starts open at `forget_bias`. With `chrono_t_max`
 * b_f = log U(1, T_max - 1) and b_u = -b_f, so that memory spans up to T_max steps (Tallec and Ollivier 2018).
 */
export function initialBias(H: number, init: Model['init'], random: Random): (gate: Gate) => Float64Array {
  const tMax = 'chrono_t_max' in init ? init.chrono_t_max : null
  if (tMax === null) {
    const forgetBias = 'forget_bias' in init ? init.forget_bias : 0
    return (gate) => new Float64Array(H).fill(gate === 'f' ? forgetBias : 0)
  }
  const forget = Float64Array.from({ length: H }, () => Math.log(1 + (tMax - 2) * random.uniform()))
  const update = forget.map((bias) => -bias)
  return (gate) => (gate === 'f' ? forget : UPDATE_GATES.includes(gate) ? update : new Float64Array(H))
}
