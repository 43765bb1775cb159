// The recurrent layers that other tools have, by our cells: in which order they hold the gates, and which of ours a gate is.
//   PyTorch  nn.RNN; nn.LSTM i,f,g,o; nn.GRU r,z,n        https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
//   Keras    SimpleRNN; LSTM i,f,c,o; GRU z,r,h           https://keras.io/api/layers/recurrent_layers/gru/
//   ONNX     RNN; LSTM i,o,f,c with P i,o,f; GRU z,r,h    https://onnx.ai/onnx/operators/onnx__LSTM.html
// Their z multiplies the old value of a GRU and our z_u the new one: as 1 - σ(a) = σ(-a), our u is z of the opposite sign.

import type { CellName } from '@unroll/contract'

/** A gate of a standard layer: a gate of ours, of the same or the opposite sign, or `OPEN`. */
export interface StandardGate {
  readonly gate: string
  readonly sign: 1 | -1
}

/** A gate that no cell of ours has: always open. */
export const OPEN = 'open'
/** Its bias; it has no weights, and σ(20) is 1 in float32. */
export const OPEN_BIAS = 20

export type StandardLayer = 'rnn' | 'gru' | 'lstm'
export type Tool = 'pytorch' | 'keras' | 'onnx'

/** The standard layer that computes what a cell does. */
export interface StandardCell {
  readonly layer: StandardLayer
  readonly gates: Readonly<Record<Tool, readonly StandardGate[]>>
  /** Vectors that see the memory cell, in the order of ONNX, which alone has them. */
  readonly peepholes: readonly string[]
}

const same = (gate: string): StandardGate => ({ gate, sign: 1 })
const opposite = (gate: string): StandardGate => ({ gate, sign: -1 })

const CANDIDATE = [same('h')]
const RNN: StandardCell = {
  layer: 'rnn',
  gates: { pytorch: CANDIDATE, keras: CANDIDATE, onnx: CANDIDATE },
  peepholes: [],
}

const LSTM: StandardCell = {
  layer: 'lstm',
  gates: {
    pytorch: ['u', 'f', 'c', 'o'].map(same),
    keras: ['u', 'f', 'c', 'o'].map(same),
    onnx: ['u', 'o', 'f', 'c'].map(same),
  },
  peepholes: [],
}

/** A GRU whose reset gate is the given one. */
function gru(reset: StandardGate): StandardCell {
  return {
    layer: 'gru',
    gates: {
      pytorch: [reset, opposite('u'), same('c')],
      keras: [opposite('u'), reset, same('c')],
      onnx: [opposite('u'), reset, same('c')],
    },
    peepholes: [],
  }
}

/** By cell; a cell that no standard layer computes has none. */
export const STANDARD_CELLS: Readonly<Partial<Record<CellName, StandardCell>>> = {
  rnn: RNN,
  gru_simple: gru(same(OPEN)),
  gru: gru(same('r')),
  lstm: LSTM,
  lstm_peephole: { ...LSTM, peepholes: ['pu', 'po', 'pf'] },
}
