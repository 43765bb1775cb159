// Faults at which the gradient does not get to the input that is asked for.

import { ADAM, CELLS, PROBLEMS, UNITS, type BankCell, type Problem, type Row } from '../recipes.ts'

const { adding, order, lag, echo, copy } = PROBLEMS

/** @param init the initial values with the fault, and without it */
export const forgets = (
  cell: BankCell,
  [faulty, mended]: readonly [init: object, mended: object],
  problem: Problem,
  learning_rate: number = 0.003,
  units: number = UNITS,
): Row => ({
  name: `${cell} with ${JSON.stringify(faulty)}, ${problem.name}`,
  recipe: { model: CELLS[cell](units, faulty), problem, optimizer: ADAM(learning_rate) },
  mended: { model: CELLS[cell](units, mended) },
})
export const RADIUS = (spectral_radius: number): readonly [object, object] => [
  { spectral_radius },
  { spectral_radius: 1 },
]
export const IDENTITY = (spectral_radius: number): readonly [object, object] => [
  { recurrent: 'identity', spectral_radius },
  { recurrent: 'identity' },
]
export const FORGET = (forget_bias: number, chrono_t_max: number = 40): readonly [object, object] => [
  { forget_bias },
  { chrono_t_max },
]

/** A recurrence whose activation shrinks the gradient, beside gates that are open for as long as the sequence. */
export const squashes = (
  cell: 'sigmoid' | 'tanh',
  problem: Problem,
  init: object = {},
  units: number = UNITS,
): Row => ({
  name: `${cell} with ${JSON.stringify(init)}, ${problem.name}`,
  recipe: { model: CELLS[cell](units, init), problem, optimizer: ADAM(0.003) },
  mended: { model: CELLS.lstm(units, { chrono_t_max: problem.sequence_length }), optimizer: ADAM(0.01) },
})

export const truncates = (cell: BankCell, problem: Problem, k: number, units: number = UNITS): Row => ({
  name: `${cell} truncated after ${k}, ${problem.name}`,
  recipe: { model: CELLS[cell](units), problem, bptt: { mode: 'truncated', k1: k, k2: k } },
  mended: { bptt: { mode: 'full' } },
})

export const OF_REACH: Readonly<
  Record<'memory_too_short' | 'reach_too_short' | 'window_too_short' | 'window_biased', readonly Row[]>
> = {
  memory_too_short: [
    forgets('linear', RADIUS(0.5), lag(30)),
    forgets('linear', RADIUS(0.6), lag(40)),
    forgets('linear', RADIUS(0.7), lag(40), 0.001),
    forgets('linear', RADIUS(0.3), lag(30)),
    forgets('relu', IDENTITY(0.4), lag(40)),
    forgets('relu', IDENTITY(0.6), lag(40)),
    squashes('sigmoid', order(40)),
    squashes('sigmoid', adding(40)),
    squashes('sigmoid', lag(40)),
    squashes('sigmoid', adding(30)),
    squashes('tanh', adding(40), { spectral_radius: 0.5 }),
    squashes('tanh', order(40), { spectral_radius: 0.4 }),
    squashes('tanh', lag(40), { spectral_radius: 0.5 }),
    squashes('tanh', lag(30), { spectral_radius: 0.6 }),
    forgets('lstm', FORGET(-5), adding(40)),
    forgets('lstm', FORGET(-6), lag(40)),
    forgets('lstm', FORGET(-4), lag(40)),
    forgets('lstm', FORGET(-8), order(40)),
    forgets('slstm', FORGET(-6), lag(40)),
    forgets('lstm_peephole', FORGET(-6), adding(40)),
    forgets('min_lstm', FORGET(-6), lag(40)),
    forgets('lstm_peephole', FORGET(-5), lag(30)),
  ],
  reach_too_short: [
    forgets('linear', RADIUS(0.82), lag(40), 0.0001),
    forgets('linear', RADIUS(0.84), lag(40), 0.0001),
    forgets('linear', RADIUS(0.81), lag(40), 0.0001),
    forgets('linear', RADIUS(0.83), lag(36, 40), 0.0001),
    forgets('linear', RADIUS(0.81), lag(36, 40), 0.0001),
    forgets('linear', RADIUS(0.88), lag(60), 0.0001),
    forgets('linear', RADIUS(0.875), lag(60), 0.0001),
    forgets('linear', RADIUS(0.87), lag(50, 60), 0.0001),
    forgets('linear', RADIUS(0.87), lag(56, 60), 0.0001),
    forgets('linear', RADIUS(0.81), lag(30), 0.0001),
    forgets('linear', RADIUS(0.79), lag(30), 0.0001),
    forgets('linear', RADIUS(0.77), lag(30), 0.0001),
  ],
  window_too_short: [
    truncates('lstm', adding(40), 10),
    truncates('gru', adding(40), 10),
    truncates('min_gru', adding(40), 10),
    truncates('slstm', adding(40), 5),
    truncates('gru_simple', adding(40), 10),
    truncates('min_lstm', adding(40), 10),
    truncates('irnn', adding(30), 10),
    truncates('lstm_peephole', adding(40), 10),
    truncates('lstm', lag(39), 10),
    truncates('gru', lag(39), 5),
    truncates('gru_simple', lag(39), 10),
    truncates('slstm', lag(39), 10),
    truncates('gru', adding(60), 6),
    truncates('lstm', adding(60), 15),
  ],
  window_biased: [
    truncates('lstm', echo(8, 24), 2),
    truncates('gru', echo(8, 24), 2),
    truncates('lstm', echo(8, 24), 3),
    truncates('slstm', echo(8, 24), 3),
    truncates('tanh', echo(8, 24), 2),
    truncates('irnn', echo(8, 24), 4),
    truncates('lstm', copy(15), 3),
    truncates('gru', copy(15), 3),
    truncates('gru_simple', copy(15), 3),
    truncates('lstm_peephole', echo(6, 24), 2),
    truncates('gru', echo(6, 24), 2),
    truncates('tanh', echo(6, 24), 3),
  ],
}
