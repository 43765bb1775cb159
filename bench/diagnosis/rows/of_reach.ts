// Faults at which the gradient does not get to the input that is asked for.

import { CELLS, PROBLEMS, type BankCell, type Recipe, type Row } from '../recipes.ts'

const { adding, order, lag, echo, copy } = PROBLEMS
type Named = readonly [name: string, problem: Recipe['problem']]
const ADAM = (learning_rate: number): object => ({ type: 'adam', learning_rate })

const ADDING_30: Named = ['adding 30', adding(30)]
const ADDING_40: Named = ['adding 40', adding(40)]
const ORDER_40: Named = ['order 40', order(40)]
const LAG_30: Named = ['lag 30', lag(30)]
const LAG_39: Named = ['lag 39', lag(39)]
const LAG_40: Named = ['lag 40', lag(40)]

/** @param init the initial values with the fault, and without it */
const forgets = (
  cell: BankCell,
  [faulty, mended]: readonly [init: object, mended: object],
  [name, problem]: Named,
  learning_rate = 0.003,
): Row => ({
  name: `${cell} with ${JSON.stringify(faulty)}, ${name}`,
  recipe: { model: CELLS[cell](16, faulty), problem, optimizer: ADAM(learning_rate) },
  mended: { model: CELLS[cell](16, mended) },
})
const RADIUS = (spectral_radius: number): readonly [object, object] => [{ spectral_radius }, { spectral_radius: 1 }]
const IDENTITY = (spectral_radius: number): readonly [object, object] => [
  { recurrent: 'identity', spectral_radius },
  { recurrent: 'identity' },
]
const FORGET = (forget_bias: number): readonly [object, object] => [{ forget_bias }, { chrono_t_max: 40 }]

/** A recurrence whose activation shrinks the gradient, beside gates that are open for as long as the sequence. */
const squashes = (cell: 'sigmoid' | 'tanh', [name, problem]: Named, init: object = {}): Row => ({
  name: `${cell} with ${JSON.stringify(init)}, ${name}`,
  recipe: { model: CELLS[cell](16, init), problem, optimizer: ADAM(0.003) },
  mended: { model: CELLS.lstm(16, { chrono_t_max: problem.sequence_length }), optimizer: ADAM(0.01) },
})

const truncates = (cell: BankCell, [name, problem]: Named, k: number, init: object = {}): Row => ({
  name: `${cell} truncated after ${k}, ${name}`,
  recipe: { model: CELLS[cell](16, init), problem, bptt: { mode: 'truncated', k1: k, k2: k } },
  mended: { bptt: { mode: 'full' } },
})

export const OF_REACH: Readonly<
  Record<'memory_too_short' | 'reach_too_short' | 'window_too_short' | 'window_biased', readonly Row[]>
> = {
  memory_too_short: [
    forgets('linear', RADIUS(0.5), LAG_30),
    forgets('linear', RADIUS(0.6), LAG_40),
    forgets('linear', RADIUS(0.7), LAG_40, 0.001),
    forgets('linear', RADIUS(0.3), LAG_30),
    forgets('relu', IDENTITY(0.4), LAG_40),
    forgets('relu', IDENTITY(0.6), LAG_40),
    squashes('sigmoid', ORDER_40),
    squashes('sigmoid', ADDING_40),
    squashes('sigmoid', LAG_40),
    squashes('sigmoid', ADDING_30),
    squashes('tanh', ADDING_40, { spectral_radius: 0.5 }),
    squashes('tanh', ORDER_40, { spectral_radius: 0.4 }),
    squashes('tanh', LAG_40, { spectral_radius: 0.5 }),
    squashes('tanh', LAG_30, { spectral_radius: 0.6 }),
    forgets('lstm', FORGET(-5), ADDING_40),
    forgets('lstm', FORGET(-6), LAG_40),
    forgets('lstm', FORGET(-4), LAG_40),
    forgets('lstm', FORGET(-8), ORDER_40),
    forgets('slstm', FORGET(-6), LAG_40),
    forgets('lstm_peephole', FORGET(-6), ADDING_40),
    forgets('min_lstm', FORGET(-6), LAG_40),
    forgets('lstm_peephole', FORGET(-5), LAG_30),
  ],
  reach_too_short: [
    forgets('linear', RADIUS(0.82), LAG_40, 0.0001),
    forgets('linear', RADIUS(0.84), LAG_40, 0.0001),
    forgets('linear', RADIUS(0.81), LAG_40, 0.0001),
    forgets('linear', RADIUS(0.83), ['lag 36 of 40', lag(36, 40)], 0.0001),
    forgets('linear', RADIUS(0.81), ['lag 36 of 40', lag(36, 40)], 0.0001),
    forgets('linear', RADIUS(0.88), ['lag 60', lag(60)], 0.0001),
    forgets('linear', RADIUS(0.875), ['lag 60', lag(60)], 0.0001),
    forgets('linear', RADIUS(0.87), ['lag 50 of 60', lag(50, 60)], 0.0001),
    forgets('linear', RADIUS(0.87), ['lag 56 of 60', lag(56, 60)], 0.0001),
    forgets('linear', RADIUS(0.81), LAG_30, 0.0001),
    forgets('linear', RADIUS(0.79), LAG_30, 0.0001),
    forgets('linear', RADIUS(0.77), LAG_30, 0.0001),
  ],
  window_too_short: [
    truncates('lstm', ADDING_40, 10),
    truncates('gru', ADDING_40, 10),
    truncates('min_gru', ADDING_40, 10),
    truncates('slstm', ADDING_40, 5),
    truncates('gru_simple', ADDING_40, 10),
    truncates('min_lstm', ADDING_40, 10),
    truncates('irnn', ADDING_30, 10),
    truncates('lstm_peephole', ADDING_40, 10),
    truncates('lstm', LAG_39, 10),
    truncates('gru', LAG_39, 5),
    truncates('gru_simple', LAG_39, 10),
    truncates('slstm', LAG_39, 10),
    truncates('gru', ['adding 60', adding(60)], 6),
    truncates('lstm', ['adding 60', adding(60)], 15),
  ],
  window_biased: [
    truncates('lstm', ['echo 8', echo(8, 24)], 2),
    truncates('gru', ['echo 8', echo(8, 24)], 2),
    truncates('lstm', ['echo 8', echo(8, 24)], 3),
    truncates('slstm', ['echo 8', echo(8, 24)], 3),
    truncates('tanh', ['echo 8', echo(8, 24)], 2),
    truncates('irnn', ['echo 8', echo(8, 24)], 4),
    truncates('lstm', ['copy 15', copy(15)], 3),
    truncates('gru', ['copy 15', copy(15)], 3),
    truncates('gru_simple', ['copy 15', copy(15)], 3),
    truncates('lstm_peephole', ['echo 6', echo(6, 24)], 2),
    truncates('gru', ['echo 6', echo(6, 24)], 2),
    truncates('tanh', ['echo 6', echo(6, 24)], 3),
  ],
}
