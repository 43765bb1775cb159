// Faults at which the gradient grows beyond what an update can use.

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
  type Recipe,
  type Row,
} from '../recipes.ts'

const { adding, order, lag } = PROBLEMS
export type Bare = 'linear' | 'relu' | 'tanh' | 'indrnn'

export const UNCLIPPED = { policy: 'none', nonfinite: 'fail' }
export const SKIPPED = { policy: 'none', nonfinite: 'skip' }

export const radius = (
  cell: Bare,
  spectral_radius: number,
  problem: Problem,
  more: Partial<Recipe> = {},
  units: number = UNITS,
): Row => ({
  name: `${cell} of radius ${spectral_radius}, ${more.optimizer ? `${more.optimizer.type}, ` : ''}${problem.name}`,
  recipe: {
    model: CELLS[cell](units, { spectral_radius }),
    problem,
    clipping: UNCLIPPED,
    optimizer: SGD(0.01),
    ...more,
  },
  mended: { model: CELLS[cell](units, { spectral_radius: 1 }) },
})

export const rate = (
  cell: BankCell,
  problem: Problem,
  optimizer: (learning_rate: number) => Optimizer,
  [high, low]: readonly [number, number],
  clipping: object = UNCLIPPED,
  units: number = UNITS,
): Row => ({
  name: `${cell}, ${optimizer(high).type} at ${high}, ${problem.name}`,
  recipe: { model: CELLS[cell](units), problem, clipping, optimizer: optimizer(high) },
  mended: { optimizer: optimizer(low) },
})

export const OF_GRADIENT: Readonly<Record<'radius_too_large' | 'rate_too_high', readonly Row[]>> = {
  radius_too_large: [
    radius('linear', 1.3, adding(40)),
    radius('linear', 1.5, adding(40)),
    radius('linear', 1.3, adding(60), { clipping: SKIPPED, optimizer: SGD(0.001) }),
    radius('linear', 2, adding(60), { optimizer: SGD(0.001) }),
    radius('linear', 1.5, lag(30)),
    radius('linear', 1.4, lag(30), { clipping: SKIPPED }),
    radius('relu', 1.8, adding(60)),
    radius('relu', 2.2, adding(60)),
    radius('relu', 2, adding(40)),
    radius('relu', 2.5, adding(40), { clipping: SKIPPED }),
    radius('relu', 2, lag(30)),
    radius('relu', 2.5, lag(30), { clipping: SKIPPED }),
    radius('indrnn', 1.5, adding(40)),
    radius('indrnn', 1.8, adding(40)),
    radius('indrnn', 1.5, adding(60), { clipping: SKIPPED }),
    radius('linear', 1.5, adding(40), { optimizer: ADAM(0.01) }),
    radius('linear', 1.4, adding(60), { optimizer: ADAM(0.003) }),
    radius('relu', 2, adding(60), { optimizer: ADAM(0.01) }),
    radius('tanh', 3, order(40), { optimizer: ADAM(0.01) }),
    radius('tanh', 4, order(40), { optimizer: ADAM(0.003) }),
    radius('linear', 1.2, adding(60), { optimizer: ADAM(0.003) }),
    radius('linear', 1.2, adding(60), { optimizer: SGD(0.001) }),
    radius('linear', 1.2, adding(40), { optimizer: SGD(0.003) }),
    radius('linear', 1.2, lag(30), { optimizer: SGD(0.03) }),
  ],
  rate_too_high: [
    rate('irnn', adding(40), SGD, [0.3, 0.003]),
    rate('irnn', adding(40), SGD, [1, 0.003]),
    rate('irnn', adding(60), SGD, [0.1, 0.001]),
    rate('irnn', adding(20), SGD, [1, 0.01], SKIPPED),
    rate('irnn', adding(20), MOMENTUM, [0.3, 0.003]),
    rate('irnn', adding(40), MOMENTUM, [0.1, 0.001], SKIPPED),
    rate('linear', lag(30), SGD, [10, 0.001]),
    rate('linear', lag(30), SGD, [3, 0.001]),
    rate('linear', lag(30), MOMENTUM, [3, 0.001], SKIPPED),
    rate('irnn', lag(30), SGD, [3, 0.03]),
    rate('irnn', adding(60), MOMENTUM, [0.3, 0.001]),
    rate('irnn', order(40), SGD, [3, 0.03]),
    rate('irnn', order(40), MOMENTUM, [1, 0.01], SKIPPED),
    rate('indrnn', adding(40), SGD, [1, 0.01]),
    rate('irnn', adding(40), ADAM, [1, 0.003]),
    rate('irnn', adding(60), ADAM, [3, 0.003]),
  ],
}
