// Linear recurrent unit (Orvieto et al. 2023), a complex diagonal recurrence without a non-linearity. Letters: docs/math/notation.md;
// the complex state is s_t = r_t + j i_t, j² = -1, and products of complex numbers are unit by unit.
//   (1) [a_r | a_i | a_d] = Wx x_t + b           [N,3H]   a = a_r + j a_i is B x_t, a_d is D x_t
//   (2) λ = exp(-e^ν + j e^θ)                    [H]      |λ| = exp(-e^ν) < 1 for every ν, phase e^θ
//   (3) y_t = λ s_{t-1}                          [N,H]    complex
//   (4) s_t = y_t + e^γ a                        [N,H]    complex
//   (5) h_t = f(Re(C s_t) + a_d) = f(r_t Cr - i_t Ci + a_d)   [N,H]
// h_{t-1} is not read: the gradient passes from step to step by s alone, and the flow under the name h is that of s_t. With ds_t its
// total gradient, of the real and of the imaginary part side by side, da = e^γ ds_t, and over all steps
//   dν = -e^ν Σ ds·y, dθ = e^θ Σ ds·(j y), dγ = Σ ds·(e^γ a) = Σ da·a, where · multiplies real parts and imaginary parts.

import type { Random } from '@unroll/random'
import { ACTIVATIONS, type Activation } from './activation.ts'
import type { Backward, Cell, Dynamics, Forward } from './cell.ts'
import { matrix } from './connection.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

type State = 'h' | 'r' | 'i'
/** r r_t, minusI -i_t and h h_t, [N,H] each; a [a_r | a_i] and y the parts of y_t, [N,2H] each. */
type Saved = 'r' | 'minusI' | 'h' | 'a' | 'y'

interface Choices {
  readonly activation: Activation
  readonly init: {
    readonly r_min: number
    readonly r_max: number
    readonly max_phase: number
  }
}

/** The linear recurrent unit of an activation f. */
export function lru({ activation, init }: Choices): Cell<string, State, Saved> {
  const f = ACTIVATIONS[activation]
  return {
    gates: ['r', 'i', 'd'],
    states: ['h', 'r', 'i'],
    flows: { h: ['r', 'i'] }, // h_t itself passes nothing on
    recurrent: [
      { parameter: 'Cr', left: 'r', gates: ['d'], connection: matrix },
      { parameter: 'Ci', left: 'minusI', gates: ['d'], connection: matrix },
    ],
    dynamics: ring(init),

    forward<X>(ops: Ops<X>, p: Tensors<X>, wx: X, { r: rPrev, i: iPrev }: Record<State, X>): Forward<X, State, Saved> {
      const H = ops.size(rPrev, 1)
      const [real, imaginary, drive] = [named(p, REAL), named(p, IMAGINARY), named(p, DRIVE)]
      const [a, ad] = ops.split(wx, [2 * H, H], 1) // (1)
      const [ar, ai] = ops.split(a, [H, H], 1)
      const yr = ops.sub(ops.mul(rPrev, real), ops.mul(iPrev, imaginary)) // (3)
      const yi = ops.add(ops.mul(iPrev, real), ops.mul(rPrev, imaginary))
      const r = ops.add(yr, ops.mul(ar, drive)) // (4)
      const i = ops.add(yi, ops.mul(ai, drive))
      const minusI = ops.scale(i, -1)
      const read = ops.add(ops.matMul(r, named(p, 'Cr')), ops.matMul(minusI, named(p, 'Ci')))
      const h = f.forward(ops, ops.add(read, ad)) // (5)
      return { state: { h, r, i }, saved: { r, minusI, h, a, y: ops.concat([yr, yi], 1) } }
    },

    backward<X>(
      ops: Ops<X>,
      p: Tensors<X>,
      { h }: Record<Saved, X>,
      { h: dh, r: drNext, i: diNext }: Record<State, X>,
    ): Backward<X, State> {
      const [real, imaginary, drive] = [named(p, REAL), named(p, IMAGINARY), named(p, DRIVE)]
      const dad = f.backward(ops, h, dh) // (5)
      const dr = ops.add(drNext, ops.matMul(dad, named(p, 'Cr'), { transposeB: true }))
      const di = ops.sub(diNext, ops.matMul(dad, named(p, 'Ci'), { transposeB: true }))
      return {
        da: ops.concat([ops.mul(dr, drive), ops.mul(di, drive), dad], 1), // (4)
        dPrevious: {
          h: ops.zeros(ops.shape(dh)),
          r: ops.add(ops.mul(dr, real), ops.mul(di, imaginary)), // (3)
          i: ops.sub(ops.mul(di, real), ops.mul(dr, imaginary)),
        },
        dState: { h: dh, r: dr, i: di },
      }
    },
  }
}

/** What is made of the vectors: Re λ, Im λ and e^γ, [H] each. */
const [REAL, IMAGINARY, DRIVE] = ['Re lambda', 'Im lambda', 'exp gamma'] as const

/** |λ| [H] of equation (2). */
function magnitudes<X>(ops: Ops<X>, p: Tensors<X>): X {
  return ops.exp(ops.scale(ops.exp(named(p, 'nu')), -1))
}

/** Equation (2) and its gradients. */
function ring(init: Choices['init']): Dynamics {
  return {
    vectors: ['nu', 'theta', 'gamma'],
    magnitudes,
    draw: (H, stream) => drawRing(init, H, stream),

    make(ops, p) {
      const [magnitude, phase] = [magnitudes(ops, p), ops.exp(named(p, 'theta'))]
      return {
        [REAL]: ops.mul(magnitude, ops.cos(phase)),
        [IMAGINARY]: ops.mul(magnitude, ops.sin(phase)),
        [DRIVE]: ops.exp(named(p, 'gamma')),
      }
    },

    gradients(ops, p, { saved, dA }) {
      const [a, y] = [saved('a'), saved('y')] // [TN,2H]
      const H = ops.size(y, 1) / 2
      const [da] = ops.split(dA, [2 * H, H], 1) // e^γ ds
      const [dr, di] = ops.split(da, [H, H], 1)
      const turned = ops.concat([di, dr], 1) // j y is -y_i + j y_r
      const [along, across, driven] = [
        [da, y],
        [turned, y],
        [da, a],
      ].map(([d, x]) => ops.split(ops.sumRows(ops.mul(d!, x!)), [H, H], 0))
      const by = (name: string) => ops.div(ops.exp(named(p, name)), named(p, DRIVE)) // of ds, not of da
      return {
        nu: ops.scale(ops.mul(by('nu'), ops.add(...along!)), -1),
        theta: ops.mul(by('theta'), ops.sub(...across!)),
        gamma: ops.add(...driven!),
      }
    },
  }
}

/**
 * Eigenvalues uniform by area on the ring between the circles of r_min and r_max, as far as their phase is below max_phase; e^γ =
 * √(1-|λ|²), which gives the state of white noise its variance (lemma 3.2 and section 3.4 of the source); Re C and Im C N(0, 1/H).
 */
function drawRing(
  { r_min, r_max, max_phase }: Choices['init'],
  H: number,
  stream: (name: string) => Random,
): Readonly<Record<string, Float64Array>> {
  const [radii, phases, real, imaginary] = [stream('nu'), stream('theta'), stream('Cr'), stream('Ci')]
  // 1 - u lies in (0, 1]: neither λ nor a phase is 0 for r_min = 0.
  const squares = fill(H, () => r_min ** 2 + (1 - radii.uniform()) * (r_max ** 2 - r_min ** 2))
  return {
    nu: squares.map((square) => Math.log(-Math.log(square) / 2)),
    theta: fill(H, () => Math.log(max_phase * (1 - phases.uniform()))),
    gamma: squares.map((square) => Math.log(1 - square) / 2),
    Cr: fill(H * H, () => real.normal() / Math.sqrt(H)),
    Ci: fill(H * H, () => imaginary.normal() / Math.sqrt(H)),
  }
}

function fill(size: number, element: () => number): Float64Array {
  return Float64Array.from({ length: size }, element)
}
