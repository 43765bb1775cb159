// Faults at which the gradient grows beyond what an update can use.

import { CELLS, PROBLEMS, type BankCell, type Recipe, type Row } from '../recipes.ts'

const { adding, order, lag } = PROBLEMS
type Bare = 'linear' | 'relu' | 'tanh' | 'indrnn'

const UNCLIPPED = { policy: 'none', nonfinite: 'fail' }
const SKIPPED = { policy: 'none', nonfinite: 'skip' }
const SGD = (learning_rate: number): object => ({ type: 'sgd', learning_rate })
const MOMENTUM = (learning_rate: number): object => ({ type: 'momentum', learning_rate })
const ADAM = (learning_rate: number): object => ({ type: 'adam', learning_rate })

const radius = (
  cell: Bare,
  spectral_radius: number,
  [name, problem]: readonly [string, Recipe['problem']],
  more: Partial<Recipe> = {},
): Row => ({
  name: `${cell} of radius ${spectral_radius}, ${more.optimizer ? `${(more.optimizer as { type: string }).type}, ` : ''}${name}`,
  recipe: { model: CELLS[cell](16, { spectral_radius }), problem, clipping: UNCLIPPED, optimizer: SGD(0.01), ...more },
  mended: { model: CELLS[cell](16, { spectral_radius: 1 }) },
})

const ADDING_20 = ['adding 20', adding(20)] as const
const ADDING_40 = ['adding 40', adding(40)] as const
const ADDING_60 = ['adding 60', adding(60)] as const
const ORDER_40 = ['order 40', order(40)] as const
const LAG_30 = ['lag 30', lag(30)] as const

const rate = (
  cell: BankCell,
  [name, problem]: readonly [string, Recipe['problem']],
  optimizer: (learning_rate: number) => object,
  [high, low]: readonly [number, number],
  clipping: object = UNCLIPPED,
): Row => ({
  name: `${cell}, ${(optimizer(high) as { type: string }).type} at ${high}, ${name}`,
  recipe: { model: CELLS[cell](16), problem, clipping, optimizer: optimizer(high) },
  mended: { optimizer: optimizer(low) },
})

export const OF_GRADIENT: Readonly<Record<'radius_too_large' | 'rate_too_high', readonly Row[]>> = {
  radius_too_large: [
    radius('linear', 1.3, ADDING_40),
    radius('linear', 1.5, ADDING_40),
    radius('linear', 1.3, ADDING_60, { clipping: SKIPPED, optimizer: SGD(0.001) }),
    radius('linear', 2, ADDING_60, { optimizer: SGD(0.001) }),
    radius('linear', 1.5, LAG_30),
    radius('linear', 1.4, LAG_30, { clipping: SKIPPED }),
    radius('relu', 1.8, ADDING_60),
    radius('relu', 2.2, ADDING_60),
    radius('relu', 2, ADDING_40),
    radius('relu', 2.5, ADDING_40, { clipping: SKIPPED }),
    radius('relu', 2, LAG_30),
    radius('relu', 2.5, LAG_30, { clipping: SKIPPED }),
    radius('indrnn', 1.5, ADDING_40),
    radius('indrnn', 1.8, ADDING_40),
    radius('indrnn', 1.5, ADDING_60, { clipping: SKIPPED }),
    radius('linear', 1.5, ADDING_40, { optimizer: ADAM(0.01) }),
    radius('linear', 1.4, ADDING_60, { optimizer: ADAM(0.003) }),
    radius('relu', 2, ADDING_60, { optimizer: ADAM(0.01) }),
    radius('tanh', 3, ORDER_40, { optimizer: ADAM(0.01) }),
    radius('tanh', 4, ORDER_40, { optimizer: ADAM(0.003) }),
    radius('linear', 1.2, ADDING_60, { optimizer: ADAM(0.003) }),
    radius('linear', 1.2, ADDING_60, { optimizer: SGD(0.001) }),
    radius('linear', 1.2, ADDING_40, { optimizer: SGD(0.003) }),
    radius('linear', 1.2, LAG_30, { optimizer: SGD(0.03) }),
  ],
  rate_too_high: [
    rate('irnn', ADDING_40, SGD, [0.3, 0.003]),
    rate('irnn', ADDING_40, SGD, [1, 0.003]),
    rate('irnn', ADDING_60, SGD, [0.1, 0.001]),
    rate('irnn', ADDING_20, SGD, [1, 0.01], SKIPPED),
    rate('irnn', ADDING_20, MOMENTUM, [0.3, 0.003]),
    rate('irnn', ADDING_40, MOMENTUM, [0.1, 0.001], SKIPPED),
    rate('linear', LAG_30, SGD, [10, 0.001]),
    rate('linear', LAG_30, SGD, [3, 0.001]),
    rate('linear', LAG_30, MOMENTUM, [3, 0.001], SKIPPED),
    rate('irnn', LAG_30, SGD, [3, 0.03]),
    rate('irnn', ADDING_60, MOMENTUM, [0.3, 0.001]),
    rate('irnn', ORDER_40, SGD, [3, 0.03]),
    rate('irnn', ORDER_40, MOMENTUM, [1, 0.01], SKIPPED),
    rate('indrnn', ADDING_40, SGD, [1, 0.01]),
    rate('irnn', ADDING_40, ADAM, [1, 0.003]),
    rate('irnn', ADDING_60, ADAM, [3, 0.003]),
  ],
}
