import type { Ops } from '@unroll/bptt'
import type { Memory, Values } from './memory.ts'

/** dx of an activation from its output y and dy; written out one by one, as these loops run at every timestep. */
type Kernel = (y: Values, dy: Values, dx: Values) => void

function sigmoidGrad(y: Values, dy: Values, dx: Values): void {
  for (let i = 0; i < dx.length; i++) dx[i] = dy[i]! * y[i]! * (1 - y[i]!)
}

function tanhGrad(y: Values, dy: Values, dx: Values): void {
  for (let i = 0; i < dx.length; i++) dx[i] = dy[i]! * (1 - y[i]! * y[i]!)
}

function reluGrad(y: Values, dy: Values, dx: Values): void {
  for (let i = 0; i < dx.length; i++) dx[i] = y[i]! > 0 ? dy[i]! : Number.isNaN(y[i]!) ? NaN : 0
}

export function activationGradients<X>(memory: Memory<X>): Pick<Ops<X>, 'sigmoidGrad' | 'tanhGrad' | 'reluGrad'> {
  const through =
    (kernel: Kernel) =>
    (y: X, dy: X): X => {
      const dx = memory.create(memory.shape(y))
      kernel(memory.values(y), memory.values(dy), memory.values(dx))
      return dx
    }
  return { sigmoidGrad: through(sigmoidGrad), tanhGrad: through(tanhGrad), reluGrad: through(reluGrad) }
}
