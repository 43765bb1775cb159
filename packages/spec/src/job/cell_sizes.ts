import type { CellName, Model } from './model.ts'

export interface CellSize {
  /** Gates and candidates: blocks of H columns in Wx, b and, but for the exceptions below, Wh. */
  gates: number
  /** Trainable numbers of the recurrence itself, for H units. */
  recurrent: (H: number, model: Model) => number
  /** Numbers of H units kept for each step for the backward pass, gates not counted. */
  saved: number
  /** Vectors of H numbers that a learned initial state has. */
  learnable: number
}

const peepholes = (H: number, model: Model) =>
  3 * (model.cell === 'lstm_peephole' && model.peephole === 'full' ? H * H : H)

export const CELL_SIZES: Record<CellName, CellSize> = {
  rnn: { gates: 1, recurrent: (H) => H * H, saved: 1, learnable: 1 },
  gru_simple: { gates: 2, recurrent: (H) => 2 * H * H, saved: 1, learnable: 1 },
  gru: { gates: 3, recurrent: (H) => 3 * H * H, saved: 2, learnable: 1 },
  lstm: { gates: 4, recurrent: (H) => 4 * H * H, saved: 3, learnable: 2 },
  lstm_peephole: { gates: 4, recurrent: (H, model) => 4 * H * H + peepholes(H, model), saved: 3, learnable: 2 },
  indrnn: { gates: 1, recurrent: (H) => H, saved: 1, learnable: 1 },
  min_gru: { gates: 2, recurrent: () => 0, saved: 1, learnable: 1 },
  slstm: { gates: 4, recurrent: (H) => 4 * H * H, saved: 5, learnable: 1 },
}
