// Projection of h (Sak, Senior and Beaufays 2014; proj_size of PyTorch's nn.LSTM). Letters: docs/math/notation.md; m_t is what the
// cell makes of its states, z_o*tanh(c_t) of an LSTM.
//   (1) h_t = m_t Wp                           [N,P]   m_t [N,H], Wp [H,P]
// Backwards, with dh_t the total gradient of h_t:  dm_t = dh_t Wpᵀ,  dWp = Σ_t m_tᵀ dh_t.
// Within a step the cell goes on with m_t; the recurrent weights, the layer above and the read-out see h_t.

import type { Layer } from '@unroll/contract'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

/** What is saved of a step: m_t. */
export const PROJECTED = 'projected'

/** Whether a layer projects its h. */
export function isProjected({ hiddenSize, outputSize }: Pick<Layer, 'hiddenSize' | 'outputSize'>): boolean {
  return outputSize !== hiddenSize
}

/** Equation (1), and what backward needs of it. @param p The layer's parameters; without Wp nothing changes. */
export function projectState<X>(
  ops: Ops<X>,
  { Wp }: Tensors<X>,
  made: Tensors<X>,
): { readonly state: Tensors<X>; readonly saved: Tensors<X> } {
  if (Wp === undefined) return { state: made, saved: {} }
  const m = named(made, 'h')
  return { state: { ...made, h: ops.matMul(m, Wp) }, saved: { [PROJECTED]: m } }
}

/** What goes back from (1) to the cell: the gradients of its states, of which that of h becomes dm_t. */
export function projectStateBackward<X>(ops: Ops<X>, { Wp }: Tensors<X>, d: Tensors<X>): Tensors<X> {
  return Wp === undefined ? d : { ...d, h: ops.matMul(named(d, 'h'), Wp, { transposeB: true }) }
}
