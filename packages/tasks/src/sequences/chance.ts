// What is reached by an answer that reads nothing, or, of a forecast, repeats the newest season.

import { answeredQuantiles, type Problem, type RegressionLoss, type SequencesPlan } from '@unroll/contract'
import { cutBlocks, type Piece } from './pieces.ts'
import type { TargetReader, Targets } from './target_reader.ts'
import { withPauses } from './with_pauses.ts'

/** How often each class, or 1 of each label, is a target. */
export interface Counts {
  /** Targets: of all classes, or of each label. */
  readonly total: readonly number[]
  readonly hits: readonly number[]
}

/** Every row of targets of some pieces, with the step it is at. */
function* iterateRows(
  pieces: readonly Piece[],
  targets: TargetReader,
): Generator<{ rows: Targets; piece: Piece; start: number }> {
  for (const piece of pieces) {
    if (targets.isWhole) yield { rows: targets.whole(piece.sequence), piece, start: 0 }
    else
      for (const [start, end] of cutBlocks(piece.start, piece.end))
        yield { rows: targets.steps(piece, start, end), piece, start }
  }
}

/** Of classes, or labels. */
export async function countTargets(
  { readout }: Pick<Problem, 'readout'>,
  pieces: readonly Piece[],
  targets: TargetReader,
): Promise<Counts> {
  const hits = Array.from({ length: readout.size }, () => 0)
  const total = [...hits]
  for await (const { rows } of withPauses(iterateRows(pieces, targets)))
    for (let i = 0; i < rows.length; i++) {
      const value = rows[i]!
      if (targets.isIds && value >= 0) hits[value]! += 1
      if (targets.isIds || Number.isNaN(value)) continue
      hits[i % readout.size]! += value
      total[i % readout.size]! += 1
    }
  const all = hits.reduce((sum, count) => sum + count, 0)
  return { hits, total: targets.isIds ? hits.map(() => all) : total }
}

/** How much a target of each class weighs in training, where classes are to count the same: n/(K n_c). */
export function balancedWeights({ hits, total }: Counts): readonly number[] {
  return hits.map((count, c) => (count === 0 ? 1 : total[c]! / (hits.length * count)))
}

/** Loss and accuracy where each class, or label, is answered by its share in training. */
export async function chanceOfClasses(
  problem: Pick<Problem, 'readout'>,
  { hits, total }: Counts,
  held: readonly Piece[],
  targets: TargetReader,
): Promise<Problem['chance']> {
  const K = problem.readout.size
  const shares = hits.map(
    (count, c) => Math.min(Math.max(count, 0.5), Math.max(total[c]! - 0.5, 0.5)) / Math.max(total[c]!, 1),
  )
  const likeliest = hits.indexOf(Math.max(...hits))
  const sum = { loss: 0, right: 0, count: 0 }
  for await (const { rows } of withPauses(iterateRows(held, targets)))
    for (let i = 0; i < rows.length; i++) {
      const value = rows[i]!
      if (targets.isIds ? value < 0 : Number.isNaN(value)) continue
      sum.count += 1
      if (targets.isIds) {
        sum.loss -= Math.log(shares[value]!)
        sum.right += Number(value === likeliest)
        continue
      }
      const share = shares[i % K]!
      sum.loss -= value * Math.log(share) + (1 - value) * Math.log(1 - share)
      sum.right += targets.isOneHot
        ? K * Number(value === 1 && i % K === likeliest) // one of the K numbers of a target
        : Number(value > 0.5 === share > 0.5)
    }
  return { loss: sum.loss / sum.count, accuracy: sum.right / sum.count }
}

/** Loss and errors where the mean of training is answered, or, of a forecast, the value of the newest season. */
export async function chanceOfNumbers(
  plan: SequencesPlan,
  held: readonly Piece[],
  targets: TargetReader,
): Promise<Problem['chance']> {
  const { width, horizon } = plan
  const means = targets.scales.map(({ mean, offset, unit }) => (mean - offset) / unit)
  const quantiles = answeredQuantiles(plan.loss)
  const answers = quantiles.length
  const point = findMiddle(quantiles)
  const sum = { loss: 0, mean: 0, count: 0, absolute: 0, squared: 0, points: 0 }
  for await (const { rows, piece, start } of withPauses(iterateRows(held, targets))) {
    const steps = rows.length / targets.width
    const seasons = plan.problem === 'forecast' ? seasonBefore(plan, piece, start, steps, targets) : undefined
    for (let i = 0; i < rows.length; i++) {
      const target = rows[i]!
      if (Number.isNaN(target)) continue
      const w = Math.floor(i / answers) % width
      const repeated = seasons?.(Math.floor(i / targets.width), Math.floor(i / (answers * width)) % horizon, w)
      const answer = repeated === undefined || Number.isNaN(repeated) ? means[w]! : repeated
      const loss = plan.loss ?? { kind: 'mse' }
      sum.loss += computeLoss(loss, answer - target, i % answers)
      if (seasons !== undefined) sum.mean += computeLoss(loss, means[w]! - target, i % answers)
      sum.count += 1
      if (i % answers !== point) continue
      const error = (answer - target) * targets.units[i % targets.width]!
      sum.absolute += Math.abs(error)
      sum.squared += error * error
      sum.points += 1
    }
  }
  return {
    loss: sum.loss / sum.count,
    accuracy: null,
    ...(plan.problem === 'forecast' && { mean_loss: sum.mean / sum.count }),
    mae: sum.absolute / sum.points,
    rmse: Math.sqrt(sum.squared / sum.points),
  }
}

/** The value a season before the target that lies j + 1 steps ahead of a step: of the newest season that is known there. */
function seasonBefore(
  { season, horizon, width }: SequencesPlan,
  { sequence }: Piece,
  start: number,
  steps: number,
  targets: TargetReader,
): (t: number, j: number, w: number) => number {
  const first = Math.max(0, start + 1 - season)
  const series = targets.series(sequence, first, start + steps)
  const back = Array.from({ length: horizon }, (_, j) => season * Math.ceil((j + 1) / season))
  return (t, j, w) => {
    const at = start + t + 1 + j - back[j]!
    return at < first ? Number.NaN : series[(at - first) * width + w]!
  }
}

/** The loss of one answer that is off by `error`. */
function computeLoss(loss: RegressionLoss, error: number, answer: number): number {
  const size = Math.abs(error)
  switch (loss.kind) {
    case 'mse':
      return error * error
    case 'mae':
      return size
    case 'huber':
      return size <= loss.delta ? 0.5 * error * error : loss.delta * (size - 0.5 * loss.delta)
    case 'quantile':
      return error > 0 ? (1 - loss.quantiles[answer]!) * error : -loss.quantiles[answer]! * error
    default:
      return loss satisfies never
  }
}

/** The place of the quantile that is nearest to the median. */
export function findMiddle(quantiles: readonly number[]): number {
  const off = quantiles.map((q) => Math.abs(q - 0.5))
  return off.indexOf(Math.min(...off))
}
