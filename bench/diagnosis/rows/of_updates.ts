// Faults of the size of updates, and of where the weights begin.

import {
  ADAM,
  CELLS,
  MOMENTUM,
  PROBLEMS,
  SGD,
  UNITS,
  type BankCell,
  type Optimizer,
  type Problem,
  type Row,
} from '../recipes.ts'

const { adding, order, lag, echo } = PROBLEMS

const CLIP = (threshold: number, policy: string = 'norm'): object => ({ policy, threshold })

export const cut = (
  cell: BankCell,
  problem: Problem,
  optimizer: Optimizer,
  threshold: number,
  policy: string = 'norm',
  units: number = UNITS,
): Row => ({
  name: `${cell}, ${policy} ${threshold}, ${optimizer.type}, ${problem.name}`,
  recipe: { model: CELLS[cell](units), problem, optimizer, clipping: CLIP(threshold, policy), steps: 800 },
  mended: { clipping: CLIP(policy === 'norm' ? 1 : 0.5, policy) },
})

export const idle = (
  cell: BankCell,
  problem: Problem,
  threshold: number,
  policy: string = 'norm',
  units: number = UNITS,
): Row => ({
  name: `${cell}, ${policy} ${threshold}, ${problem.name}`,
  recipe: { model: CELLS[cell](units), problem, clipping: CLIP(threshold, policy), steps: 1200 },
  mended: { clipping: { policy: 'none' } },
})

/** @param of what is drawn with this deviation: input weights, or the recurrent ones as well */
export const saturates = (
  cell: BankCell,
  problem: Problem,
  std: number,
  of: 'input' | 'all' = 'input',
  units: number = UNITS,
): Row => ({
  name: `${cell}, ${of} weights of ${std}, ${problem.name}`,
  recipe: {
    model: CELLS[cell](units, { input: 'normal', ...(of === 'all' && { recurrent: 'normal' }), std }),
    problem,
    optimizer: ADAM(0.003),
  },
  mended: { model: CELLS[cell](units) },
})

export const slow = (
  cell: BankCell,
  init: object,
  problem: Problem,
  low: Optimizer,
  optimizer: Optimizer = ADAM(0.01),
  units: number = UNITS,
): Row => ({
  name: `${cell}, ${JSON.stringify(low)}, ${problem.name}`,
  recipe: { model: CELLS[cell](units, init), problem, optimizer: low },
  mended: { optimizer },
})
export const OPEN = (chrono_t_max: number): object => ({ chrono_t_max })

export const OF_UPDATES: Readonly<
  Record<'threshold_too_low' | 'threshold_too_high' | 'weights_too_large' | 'rate_too_low', readonly Row[]>
> = {
  threshold_too_low: [
    cut('lstm', order(20), SGD(1), 0.001),
    cut('gru', order(20), SGD(1), 0.001),
    cut('lstm_peephole', order(20), SGD(1), 0.002),
    cut('irnn', order(20), SGD(0.03), 0.001),
    cut('gru', adding(20), MOMENTUM(0.1), 0.0005),
    cut('min_gru', adding(20), MOMENTUM(0.1), 0.001),
    cut('gru_simple', order(20), MOMENTUM(0.1), 0.001),
    cut('slstm', order(20), MOMENTUM(0.1), 0.0005),
    cut('lstm', echo(5, 20), MOMENTUM(0.5), 0.0005),
    cut('gru', echo(5, 20), MOMENTUM(0.5), 0.0005),
    cut('gru', order(20), SGD(1), 0.0001, 'value'),
    cut('lstm', order(20), SGD(1), 0.0001, 'value'),
    cut('gru', order(20), SGD(1), 0.0005, 'parameter_norm'),
    cut('min_gru', order(20), SGD(1), 0.0005, 'parameter_norm'),
    cut('irnn', adding(20), SGD(0.01), 0.001),
    cut('tanh', order(20), SGD(0.1), 0.001),
  ],
  threshold_too_high: [
    idle('lstm', adding(20), 100),
    idle('gru', adding(20), 50),
    idle('min_gru', order(20), 100),
    idle('slstm', order(20), 1000),
    idle('gru', order(40), 100),
    idle('lstm', order(40), 1000),
    idle('gru_simple', lag(20), 100),
    idle('min_lstm', lag(20), 50),
    idle('lstm', echo(5, 20), 100),
    idle('gru', echo(5, 20), 30, 'value'),
    idle('lstm_peephole', adding(20), 100, 'value'),
    idle('min_gru', adding(30), 100, 'parameter_norm'),
  ],
  weights_too_large: [
    saturates('tanh', order(20), 10),
    saturates('tanh', order(20), 8),
    saturates('tanh', echo(5, 20), 10),
    saturates('tanh', echo(5, 20), 8),
    saturates('lstm', order(40), 10),
    saturates('gru', order(40), 10),
    saturates('lstm', echo(5, 20), 10),
    saturates('gru', echo(5, 20), 10),
    saturates('lstm', lag(20), 10),
    saturates('gru', lag(20), 10),
    saturates('slstm', order(40), 10),
    saturates('lstm_peephole', order(40), 10),
    saturates('tanh', order(20), 5, 'all'),
    saturates('tanh', order(20), 8, 'all'),
    saturates('tanh', echo(5, 20), 5, 'all'),
    saturates('tanh', echo(5, 20), 8, 'all'),
    saturates('gru_simple', order(40), 5, 'all'),
    saturates('gru', order(40), 5, 'all'),
  ],
  rate_too_low: [
    slow('lstm', OPEN(20), adding(20), ADAM(0.000001)),
    slow('gru', OPEN(20), adding(20), ADAM(0.000003)),
    slow('lstm', OPEN(40), order(40), ADAM(0.000003)),
    slow('gru', OPEN(40), order(40), ADAM(0.000001)),
    slow('min_gru', OPEN(20), adding(20), ADAM(0.000003)),
    slow('slstm', OPEN(40), order(40), ADAM(0.000001)),
    slow('irnn', {}, adding(20), ADAM(0.000003)),
    slow('irnn', {}, order(20), ADAM(0.000001)),
    slow('lstm', OPEN(20), lag(20), SGD(0.0001)),
    slow('gru', OPEN(20), lag(20), SGD(0.0003)),
    slow('lstm', OPEN(20), echo(5, 20), ADAM(0.000001)),
    slow('gru_simple', OPEN(20), adding(20), ADAM(0.000001)),
    slow('lstm_peephole', OPEN(30), adding(30), ADAM(0.000001)),
    slow('min_lstm', {}, lag(20), SGD(0.0001)),
  ],
}
