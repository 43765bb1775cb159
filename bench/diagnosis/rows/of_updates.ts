// Faults of the size of updates, and of where the weights begin.

import { CELLS, PROBLEMS, type BankCell, type Recipe, type Row } from '../recipes.ts'

const { adding, order, lag, echo } = PROBLEMS
type Named = readonly [name: string, problem: Recipe['problem']]

const ADDING_20: Named = ['adding 20', adding(20)]
const ADDING_30: Named = ['adding 30', adding(30)]
const ORDER_20: Named = ['order 20', order(20)]
const ORDER_40: Named = ['order 40', order(40)]
const LAG_20: Named = ['lag 20', lag(20)]
const ECHO_5: Named = ['echo 5', echo(5, 20)]

const SGD = (learning_rate: number): object => ({ type: 'sgd', learning_rate })
const MOMENTUM = (learning_rate: number): object => ({ type: 'momentum', learning_rate })
const ADAM = (learning_rate: number): object => ({ type: 'adam', learning_rate })
const CLIP = (threshold: number, policy = 'norm'): object => ({ policy, threshold })

const cut = (cell: BankCell, [name, problem]: Named, optimizer: object, threshold: number, policy = 'norm'): Row => ({
  name: `${cell}, ${policy} ${threshold}, ${(optimizer as { type: string }).type}, ${name}`,
  recipe: { model: CELLS[cell](16), problem, optimizer, clipping: CLIP(threshold, policy), steps: 800 },
  mended: { clipping: CLIP(policy === 'norm' ? 1 : 0.5, policy) },
})

const idle = (cell: BankCell, [name, problem]: Named, threshold: number, policy = 'norm'): Row => ({
  name: `${cell}, ${policy} ${threshold}, ${name}`,
  recipe: { model: CELLS[cell](16), problem, clipping: CLIP(threshold, policy), steps: 1200 },
  mended: { clipping: { policy: 'none' } },
})

/** @param of what is drawn with this deviation: input weights, or the recurrent ones as well */
const saturates = (cell: BankCell, [name, problem]: Named, std: number, of: 'input' | 'all' = 'input'): Row => ({
  name: `${cell}, ${of} weights of ${std}, ${name}`,
  recipe: {
    model: CELLS[cell](16, { input: 'normal', ...(of === 'all' && { recurrent: 'normal' }), std }),
    problem,
    optimizer: ADAM(0.003),
  },
  mended: { model: CELLS[cell](16) },
})

const slow = (
  cell: BankCell,
  init: object,
  [name, problem]: Named,
  low: object,
  optimizer: object = ADAM(0.01),
): Row => ({
  name: `${cell}, ${JSON.stringify(low)}, ${name}`,
  recipe: { model: CELLS[cell](16, init), problem, optimizer: low },
  mended: { optimizer },
})
const OPEN = (chrono_t_max: number): object => ({ chrono_t_max })

export const OF_UPDATES: Readonly<
  Record<'threshold_too_low' | 'threshold_too_high' | 'weights_too_large' | 'rate_too_low', readonly Row[]>
> = {
  threshold_too_low: [
    cut('lstm', ORDER_20, SGD(1), 0.001),
    cut('gru', ORDER_20, SGD(1), 0.001),
    cut('lstm_peephole', ORDER_20, SGD(1), 0.002),
    cut('irnn', ORDER_20, SGD(0.03), 0.001),
    cut('gru', ADDING_20, MOMENTUM(0.1), 0.0005),
    cut('min_gru', ADDING_20, MOMENTUM(0.1), 0.001),
    cut('gru_simple', ORDER_20, MOMENTUM(0.1), 0.001),
    cut('slstm', ORDER_20, MOMENTUM(0.1), 0.0005),
    cut('lstm', ECHO_5, MOMENTUM(0.5), 0.0005),
    cut('gru', ECHO_5, MOMENTUM(0.5), 0.0005),
    cut('gru', ORDER_20, SGD(1), 0.0001, 'value'),
    cut('lstm', ORDER_20, SGD(1), 0.0001, 'value'),
    cut('gru', ORDER_20, SGD(1), 0.0005, 'parameter_norm'),
    cut('min_gru', ORDER_20, SGD(1), 0.0005, 'parameter_norm'),
    cut('irnn', ADDING_20, SGD(0.01), 0.001),
    cut('tanh', ORDER_20, SGD(0.1), 0.001),
  ],
  threshold_too_high: [
    idle('lstm', ADDING_20, 100),
    idle('gru', ADDING_20, 50),
    idle('min_gru', ORDER_20, 100),
    idle('slstm', ORDER_20, 1000),
    idle('gru', ORDER_40, 100),
    idle('lstm', ORDER_40, 1000),
    idle('gru_simple', LAG_20, 100),
    idle('min_lstm', LAG_20, 50),
    idle('lstm', ECHO_5, 100),
    idle('gru', ECHO_5, 30, 'value'),
    idle('lstm_peephole', ADDING_20, 100, 'value'),
    idle('min_gru', ADDING_30, 100, 'parameter_norm'),
  ],
  weights_too_large: [
    saturates('tanh', ORDER_20, 10),
    saturates('tanh', ORDER_20, 8),
    saturates('tanh', ECHO_5, 10),
    saturates('tanh', ECHO_5, 8),
    saturates('lstm', ORDER_40, 10),
    saturates('gru', ORDER_40, 10),
    saturates('lstm', ECHO_5, 10),
    saturates('gru', ECHO_5, 10),
    saturates('lstm', LAG_20, 10),
    saturates('gru', LAG_20, 10),
    saturates('slstm', ORDER_40, 10),
    saturates('lstm_peephole', ORDER_40, 10),
    saturates('tanh', ORDER_20, 5, 'all'),
    saturates('tanh', ORDER_20, 8, 'all'),
    saturates('tanh', ECHO_5, 5, 'all'),
    saturates('tanh', ECHO_5, 8, 'all'),
    saturates('gru_simple', ORDER_40, 5, 'all'),
    saturates('gru', ORDER_40, 5, 'all'),
  ],
  rate_too_low: [
    slow('lstm', OPEN(20), ADDING_20, ADAM(0.000001)),
    slow('gru', OPEN(20), ADDING_20, ADAM(0.000003)),
    slow('lstm', OPEN(40), ORDER_40, ADAM(0.000003)),
    slow('gru', OPEN(40), ORDER_40, ADAM(0.000001)),
    slow('min_gru', OPEN(20), ADDING_20, ADAM(0.000003)),
    slow('slstm', OPEN(40), ORDER_40, ADAM(0.000001)),
    slow('irnn', {}, ADDING_20, ADAM(0.000003)),
    slow('irnn', {}, ORDER_20, ADAM(0.000001)),
    slow('lstm', OPEN(20), LAG_20, SGD(0.0001)),
    slow('gru', OPEN(20), LAG_20, SGD(0.0003)),
    slow('lstm', OPEN(20), ECHO_5, ADAM(0.000001)),
    slow('gru_simple', OPEN(20), ADDING_20, ADAM(0.000001)),
    slow('lstm_peephole', OPEN(30), ADDING_30, ADAM(0.000001)),
    slow('min_lstm', {}, LAG_20, SGD(0.0001)),
  ],
}
