// Healthy rows, drawn: problems and cells as in `rows/healthy.ts`, of other lengths, sizes, rates and thresholds.

import { ADAM, MOMENTUM, PROBLEMS, SGD, type BankCell, type Problem } from '../recipes.ts'
import { CUT, GATED, healthy, slowly } from '../rows/healthy.ts'
import type { Draw, Draws } from './draws.ts'

const { adding, order, lag, echo, copy, multiplication } = PROBLEMS

const PLAIN: readonly BankCell[] = ['lstm', 'gru', 'slstm', 'gru_simple', 'lstm_peephole']

function drawClipping({ pick, between }: Draws): { what: string; clipping: object } {
  const threshold = between(0.5, 2)
  return pick([
    { what: `norm ${threshold}`, clipping: { policy: 'norm', threshold } },
    { what: `norm ${threshold}`, clipping: { policy: 'norm', threshold } },
    { what: 'no clipping', clipping: { policy: 'none' } },
    { what: 'percentile', clipping: { policy: 'percentile', percentile: 50 } },
  ])
}

/** Cells on a problem that they learn with Adam, in so many steps. */
const learnByAdam =
  (problem: (draws: Draws) => Problem, cells: readonly BankCell[], steps: number): Draw =>
  (draws, units) => {
    const { what, clipping } = drawClipping(draws)
    const optimizer = ADAM(draws.between(0.007, 0.012))
    const more = { clipping, optimizer, steps }
    return healthy(draws.pick(cells), problem(draws), more, `${what}, adam at ${optimizer.learning_rate}`, units)
  }

const BY_ADAM: readonly Draw[] = [
  learnByAdam(({ whole }) => adding(whole(16, 25)), [...GATED, 'irnn'], 1200),
  learnByAdam(({ whole }) => order(whole(20, 26)), [...GATED, 'irnn', 'tanh', 'indrnn', 'lru'], 500),
  learnByAdam(({ whole }) => adding(whole(32, 44)), GATED, 800),
  learnByAdam(({ whole }) => lag(whole(14, 24)), [...GATED, 'irnn', 'linear'], 500),
  learnByAdam(({ whole }) => order(whole(32, 44)), [...GATED, 'irnn', 'lru'], 600),
  learnByAdam(({ whole }) => echo(whole(3, 6), whole(18, 24)), [...PLAIN, 'tanh', 'lru'], 1200),
  learnByAdam(({ whole }) => multiplication(whole(16, 24)), ['lstm', 'gru', 'min_lstm', 'slstm'], 800),
  learnByAdam(({ whole }) => copy(whole(13, 16)), [...PLAIN, 'lru'], 800),
  learnByAdam(({ whole }) => order(whole(48, 62)), ['lstm', 'slstm', 'irnn', 'gru_simple'], 800),
  learnByAdam(({ whole }) => lag(whole(30, 40), whole(42, 50)), ['lstm', 'slstm', 'irnn', 'linear'], 800),
  learnByAdam(({ whole }) => adding(whole(48, 60)), ['gru', 'slstm', 'irnn', 'min_gru'], 1000),
]

const OTHERWISE: readonly Draw[] = [
  ({ pick, between, whole }, units) =>
    healthy(pick(['lstm', 'gru']), order(whole(20, 25)), slowly(SGD(between(0.7, 1.4))), 'sgd', units),
  ({ pick, between, whole }, units) =>
    healthy(
      pick(['gru_simple', 'slstm']),
      order(whole(20, 25)),
      slowly(MOMENTUM(between(0.07, 0.14))),
      'momentum',
      units,
    ),
  ({ pick, between, whole }, units) =>
    healthy(pick(['lstm', 'gru']), echo(whole(3, 6), 20), slowly(MOMENTUM(between(0.35, 0.7))), 'momentum', units),
  (draws, units) => {
    const k1 = draws.pick([6, 8, 12])
    const k2 = draws.pick([12, 16, 18])
    const cell = draws.pick(['lstm', 'gru', 'tanh', 'slstm'] as const)
    return healthy(cell, echo(draws.whole(4, 6), 24), CUT(k1, k2), `truncated every ${k1} after ${k2}`, units)
  },
]

/** Four of five with Adam. */
export const WAYS: readonly Draw[] = [...BY_ADAM, ...OTHERWISE]
