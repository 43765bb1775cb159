// Healthy: each of these learns its problem (`npm run bench:diagnosis` confirms it).

import {
  CELLS,
  MOMENTUM,
  PROBLEMS,
  SGD,
  UNITS,
  type BankCell,
  type Optimizer,
  type Problem,
  type Recipe,
  type Row,
} from '../recipes.ts'

const { adding, order, lag, echo, copy, multiplication } = PROBLEMS

export const GATED: readonly BankCell[] = ['lstm', 'gru', 'min_gru', 'min_lstm', 'slstm', 'gru_simple', 'lstm_peephole']

/** Problems, the cells that learn them, and the steps that those are given. */
const LEARNED: readonly { problem: Problem; cells: readonly BankCell[]; steps: number }[] = [
  { problem: adding(20), cells: [...GATED, 'irnn'], steps: 1200 },
  { problem: adding(40), cells: GATED, steps: 800 },
  { problem: multiplication(20), cells: ['lstm', 'gru', 'min_lstm', 'slstm'], steps: 800 },
  { problem: order(20), cells: [...GATED, 'irnn', 'tanh', 'indrnn', 'lru'], steps: 500 },
  { problem: order(40), cells: [...GATED, 'irnn', 'lru'], steps: 600 },
  { problem: lag(20), cells: [...GATED, 'irnn', 'linear'], steps: 500 },
  {
    problem: echo(5, 20),
    cells: ['lstm', 'gru', 'slstm', 'gru_simple', 'lstm_peephole', 'tanh', 'lru'],
    steps: 1200,
  },
  {
    problem: copy(15),
    cells: ['lstm', 'gru', 'slstm', 'gru_simple', 'lstm_peephole', 'lru'],
    steps: 800,
  },
  { problem: order(60), cells: ['lstm', 'slstm', 'irnn', 'gru_simple'], steps: 800 },
  { problem: lag(40, 50), cells: ['lstm', 'slstm', 'irnn', 'linear'], steps: 800 },
  { problem: adding(60), cells: ['gru', 'slstm', 'irnn', 'min_gru'], steps: 1000 },
]

const SIZES = [16, 12, 24]
const CLIPPINGS: readonly { what: string; clipping: object }[] = [
  { what: 'norm 1', clipping: { policy: 'norm', threshold: 1 } },
  { what: 'no clipping', clipping: { policy: 'none' } },
  { what: 'norm 0.5', clipping: { policy: 'norm', threshold: 0.5 } },
  { what: 'norm 1', clipping: { policy: 'norm', threshold: 1 } },
  { what: 'percentile', clipping: { policy: 'percentile', percentile: 50 } },
]

const BY_ADAM: readonly Row[] = LEARNED.flatMap(({ problem, cells, steps }, row) =>
  cells.map((cell, column): Row => {
    const H = SIZES[(row + column) % SIZES.length]!
    const { what, clipping } = CLIPPINGS[(2 * row + column) % CLIPPINGS.length]!
    return {
      name: `${problem.name}, ${cell} of ${H}, ${what}`,
      recipe: { model: CELLS[cell](H), problem, clipping, steps },
      mended: null,
    }
  }),
)

export const healthy = (
  cell: BankCell,
  problem: Problem,
  more: Partial<Recipe>,
  what: string,
  units: number = UNITS,
): Row => ({
  name: `${problem.name}, ${cell}, ${what}`,
  recipe: { model: CELLS[cell](units), problem, ...more },
  mended: null,
})
/** Another optimizer than Adam, which takes longer. */
export const slowly = (optimizer: Optimizer): Partial<Recipe> => ({ optimizer, steps: 800 })
/** A window that reaches as far as the lag. */
export const CUT = (k1: number, k2: number): Partial<Recipe> => ({ bptt: { mode: 'truncated', k1, k2 } })

export const HEALTHY: readonly Row[] = [
  ...BY_ADAM,
  healthy('lstm', order(20), slowly(SGD(1)), 'sgd'),
  healthy('gru', order(20), slowly(SGD(1)), 'sgd'),
  healthy('irnn', order(20), slowly(SGD(0.03)), 'sgd'),
  healthy('gru', adding(20), slowly(MOMENTUM(0.1)), 'momentum'),
  healthy('gru_simple', order(20), slowly(MOMENTUM(0.1)), 'momentum'),
  healthy('slstm', order(20), slowly(MOMENTUM(0.1)), 'momentum'),
  healthy('lstm', echo(5, 20), slowly(MOMENTUM(0.5)), 'momentum'),
  healthy('gru', echo(5, 20), slowly(MOMENTUM(0.5)), 'momentum'),
  healthy('lstm', echo(5, 20), CUT(10, 10), 'truncated after 10'),
  healthy('gru', echo(5, 20), CUT(5, 15), 'truncated after 15'),
  healthy('tanh', echo(5, 20), CUT(5, 10), 'truncated after 10'),
  healthy('slstm', echo(5, 20), CUT(10, 20), 'truncated after 20'),
  healthy('gru', adding(40), CUT(20, 40), 'truncated after 40'),
  healthy('lstm', lag(19), CUT(10, 20), 'truncated after 20'),
]
