// Faulty rows, drawn: the faults of `rows/` on other problems, cells, sizes and strengths.

import { ADAM, MOMENTUM, PROBLEMS, SGD, type BankCell, type Problem } from '../recipes.ts'
import type { FaultName } from '../faults.ts'
import { radius, rate, SKIPPED, UNCLIPPED } from '../rows/of_gradient.ts'
import { FORGET, forgets, IDENTITY, RADIUS, squashes, truncates } from '../rows/of_reach.ts'
import { cut, idle, OPEN, saturates, slow } from '../rows/of_updates.ts'
import type { Draw, Draws } from './draws.ts'

const { adding, order, lag, echo, copy } = PROBLEMS

/** The factor of one step that leaves this share of a gradient after T steps. */
function computeRatio(share: number, T: number): number {
  return Number((share ** (1 / T)).toPrecision(3))
}

const drawLong = ({ pick, whole }: Draws): Problem =>
  pick([adding(whole(32, 46)), order(whole(32, 46)), lag(whole(30, 44))])

const stretch =
  (cell: 'linear' | 'relu' | 'indrnn', [least, most]: readonly [number, number]): Draw =>
  (draws, units) => {
    const problem = draws.pick([adding(draws.whole(36, 64)), lag(draws.whole(26, 34))])
    const clipping = draws.pick([UNCLIPPED, SKIPPED])
    const optimizer = SGD(draws.between(0.003, 0.02))
    return radius(cell, draws.between(least, most, 3), problem, { clipping, optimizer }, units)
  }

const stretchByAdam =
  (cell: 'linear' | 'relu', [least, most]: readonly [number, number]): Draw =>
  (draws, units) => {
    const optimizer = ADAM(draws.between(0.003, 0.01))
    return radius(cell, draws.between(least, most, 3), adding(draws.whole(36, 64)), { optimizer }, units)
  }

/** Rates of 40 to 6,000 times what trains. */
const carryAway =
  (
    cell: BankCell,
    problem: (draws: Draws) => Problem,
    make: typeof SGD,
    [low, factor]: readonly [number, number],
  ): Draw =>
  (draws, units) => {
    const high = Number((low * factor * draws.between(0.7, 2)).toPrecision(2))
    return rate(cell, problem(draws), make, [high, low], draws.pick([UNCLIPPED, SKIPPED]), units)
  }

const shutGates: Draw = (draws, units) => {
  const cell = draws.pick(['lstm', 'slstm', 'lstm_peephole', 'min_lstm'] as const)
  const problem = drawLong(draws)
  return forgets(cell, FORGET(-draws.whole(4, 8), problem.sequence_length), problem, 0.003, units)
}

const letFall: Draw = (draws, units) => {
  const T = draws.whole(30, 60)
  const share = draws.between(2e-4, 1.5e-3) // left at the first step, and less than 1 % a little later
  const problem = lag(draws.whole(Math.ceil(0.92 * T), T - 1), T)
  return forgets('linear', RADIUS(computeRatio(share, T)), problem, 0.0001, units)
}

const cutShort =
  (cells: readonly BankCell[], pose: (T: number) => Problem): Draw =>
  (draws, units) => {
    const k = draws.whole(6, 12)
    return truncates(draws.pick(cells), pose(k * draws.whole(3, 5)), k, units)
  }

const cutBelowLag =
  (cells: readonly BankCell[], pose: (draws: Draws, T: number) => Problem, T: readonly number[]): Draw =>
  (draws, units) => {
    const length = draws.pick(T)
    const k = draws.pick([2, 3, 4].filter((each) => length % each === 0))
    return truncates(draws.pick(cells), pose(draws, length), k, units)
  }

const GATES: readonly BankCell[] = ['lstm', 'gru', 'min_gru', 'slstm', 'gru_simple', 'min_lstm', 'lstm_peephole']

const throttle =
  (
    cells: readonly BankCell[],
    pose: (T: number) => Problem,
    optimizer: ReturnType<typeof SGD>,
    policy = 'norm',
  ): Draw =>
  (draws, units) => {
    const most = policy === 'value' ? 0.0002 : 0.0015
    return cut(draws.pick(cells), pose(draws.whole(20, 25)), optimizer, draws.between(most / 3, most), policy, units)
  }

const raiseThreshold =
  (cells: readonly BankCell[], pose: (draws: Draws) => Problem, policy = 'norm'): Draw =>
  (draws, units) =>
    idle(draws.pick(cells), pose(draws), draws.between(30, 1000), policy, units)

const saturate =
  (
    cells: readonly BankCell[],
    pose: (draws: Draws) => Problem,
    [least, most]: readonly [number, number],
    of: 'input' | 'all',
  ): Draw =>
  (draws, units) =>
    saturates(draws.pick(cells), pose(draws), draws.between(least, most), of, units)

/** With gates that are open for the whole sequence, so that the gradient reaches the input. */
const stall =
  (
    cells: readonly BankCell[],
    problem: (draws: Draws) => Problem,
    make: typeof SGD,
    [least, most]: readonly [number, number],
  ): Draw =>
  (draws, units) => {
    const [cell, posed] = [draws.pick(cells), problem(draws)]
    const init = cell === 'irnn' ? {} : OPEN(posed.sequence_length)
    return slow(cell, init, posed, make(draws.between(least, most)), undefined, units)
  }

/** The ways to make a row of each fault, which take turns. */
export const WAYS: Readonly<Record<Exclude<FaultName, 'healthy'>, readonly Draw[]>> = {
  radius_too_large: [
    stretch('linear', [1.25, 2]),
    stretch('relu', [1.8, 2.5]),
    stretchByAdam('linear', [1.2, 1.5]),
    stretch('indrnn', [1.4, 1.8]),
    stretchByAdam('relu', [1.8, 2.2]),
  ],
  rate_too_high: [
    carryAway('irnn', ({ whole }) => adding(whole(36, 60)), SGD, [0.003, 60]),
    carryAway('linear', ({ whole }) => lag(whole(24, 34)), SGD, [0.001, 3000]),
    carryAway('irnn', ({ whole }) => adding(whole(36, 60)), MOMENTUM, [0.001, 100]),
    carryAway('irnn', ({ whole }) => order(whole(30, 44)), SGD, [0.03, 60]),
    carryAway('indrnn', ({ whole }) => adding(whole(30, 44)), SGD, [0.01, 60]),
    carryAway('irnn', ({ whole }) => adding(whole(32, 60)), ADAM, [0.003, 300]),
  ],
  memory_too_short: [
    ({ whole, between }, units) => {
      const T = whole(28, 46)
      return forgets('linear', RADIUS(computeRatio(between(1e-12, 1e-6), T)), lag(T - 1), 0.002, units)
    },
    (draws, units) => squashes('sigmoid', drawLong(draws), {}, units),
    shutGates,
    (draws, units) => squashes('tanh', drawLong(draws), { spectral_radius: draws.between(0.4, 0.6) }, units),
    ({ whole, between }, units) => forgets('relu', IDENTITY(between(0.4, 0.6)), lag(whole(34, 44)), 0.003, units),
    shutGates,
  ],
  reach_too_short: [letFall],
  window_too_short: [cutShort(GATES, adding), cutShort(['lstm', 'gru_simple', 'slstm'], (T) => lag(T - 1))],
  window_biased: [
    cutBelowLag(['lstm', 'gru', 'slstm', 'lstm_peephole'], ({ whole }, T) => echo(whole(6, 9), T), [20, 24, 28, 30]),
    cutBelowLag(['tanh', 'irnn'], ({ whole }, T) => echo(whole(6, 9), T), [20, 24, 28, 30]),
    cutBelowLag(['lstm', 'gru', 'slstm', 'lstm_peephole'], ({ whole }, T) => echo(whole(6, 9), T), [20, 24, 28, 30]),
    cutBelowLag(['lstm', 'gru', 'gru_simple'], (_, T) => copy(T), [14, 15, 16]),
  ],
  threshold_too_low: [
    throttle(['lstm', 'gru', 'lstm_peephole'], order, SGD(1)),
    throttle(['gru', 'min_gru'], adding, MOMENTUM(0.1)),
    throttle(['gru_simple', 'slstm'], order, MOMENTUM(0.1)),
    throttle(['lstm', 'gru'], (T) => echo(5, T), MOMENTUM(0.5)),
    throttle(['lstm', 'gru'], order, SGD(1), 'value'),
    throttle(['gru', 'lstm'], order, SGD(1), 'parameter_norm'),
    throttle(['irnn'], adding, SGD(0.01)),
    throttle(['tanh'], order, SGD(0.1)),
  ],
  threshold_too_high: [
    raiseThreshold(['lstm', 'gru', 'lstm_peephole'], ({ whole }) => adding(whole(18, 30))),
    raiseThreshold(['min_gru', 'slstm', 'gru', 'lstm'], ({ whole }) => order(whole(20, 40))),
    raiseThreshold(['gru_simple', 'min_lstm'], ({ whole }) => lag(whole(16, 24)), 'value'),
    raiseThreshold(['lstm', 'gru'], ({ whole }) => echo(whole(4, 6), 20), 'parameter_norm'),
  ],
  weights_too_large: [
    saturate(['tanh'], ({ whole }) => order(whole(20, 25)), [6.5, 10], 'input'),
    saturate(['lstm', 'gru', 'slstm', 'lstm_peephole'], ({ whole }) => order(whole(34, 44)), [7, 10], 'input'),
    saturate(['tanh'], ({ whole }) => echo(whole(4, 6), 20), [5, 9], 'all'),
    saturate(['lstm', 'gru'], ({ whole }) => echo(whole(4, 6), 20), [7, 10], 'input'),
    saturate(['gru_simple', 'gru'], ({ whole }) => order(whole(34, 44)), [4, 6], 'all'),
    saturate(['lstm', 'gru'], ({ whole }) => lag(whole(18, 24)), [7, 10], 'input'),
    saturate(['tanh'], ({ whole }) => order(whole(20, 25)), [5, 9], 'all'),
    saturate(['tanh'], ({ whole }) => echo(whole(4, 6), 20), [6.5, 10], 'input'),
  ],
  rate_too_low: [
    stall(
      ['lstm', 'gru', 'min_gru', 'gru_simple', 'lstm_peephole'],
      ({ whole }) => adding(whole(18, 30)),
      ADAM,
      [1e-6, 3e-6],
    ),
    stall(['lstm', 'gru', 'slstm'], ({ whole }) => order(whole(32, 44)), ADAM, [1e-6, 3e-6]),
    stall(['lstm', 'gru'], ({ whole }) => lag(whole(18, 24)), SGD, [1e-4, 3e-4]),
    stall(['irnn'], ({ pick, whole }) => pick([adding, order])(whole(20, 25)), ADAM, [1e-6, 3e-6]),
    stall(['lstm', 'gru'], ({ whole }) => echo(whole(4, 6), 20), ADAM, [1e-6, 2e-6]),
  ],
}
