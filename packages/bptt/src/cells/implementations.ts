// Written by the build: every file of this folder that exports what it is named after.

import type { CellName, Model } from '@unroll/contract'
import type { Cell } from './cell.ts'
import { gru } from './gru.ts'
import { gruSimple } from './gru_simple.ts'
import { indrnn } from './indrnn.ts'
import { lru } from './lru.ts'
import { lstm } from './lstm.ts'
import { lstmPeephole } from './lstm_peephole.ts'
import { minGru } from './min_gru.ts'
import { minLstm } from './min_lstm.ts'
import { rnn } from './rnn.ts'
import { slstm } from './slstm.ts'

/** A cell, or what makes it of a model, where that has a choice. */
type Of<Chosen extends Model> = Cell | ((model: Chosen) => Cell)

export const CELL_TABLE: { readonly [Name in CellName]: Of<Extract<Model, { cell: Name }>> } = {
  gru,
  gru_simple: gruSimple,
  indrnn,
  lru,
  lstm,
  lstm_peephole: lstmPeephole,
  min_gru: minGru,
  min_lstm: minLstm,
  rnn,
  slstm,
}
