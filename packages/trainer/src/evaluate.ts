import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Batch, Session } from '@unroll/bptt'
import type { EvaluationReport } from '@unroll/contract'
import type { EvaluationBatch, Feed } from '@unroll/tasks'
import type { Scored } from './scores/scored.ts'
import { createScores } from './scores/scores.ts'

/** Which held-out data is evaluated. */
export type HeldOut = Exclude<EvaluationReport['part'], 'dataset'>

/** What an evaluation comes to. */
export interface Evaluated extends Omit<Scored, 'scores'> {
  /** Targets that were answered. */
  readonly targets: number
  /** By name: loss, accuracy, and what the scoring of the feed adds. */
  readonly scores: Readonly<Record<string, number>>
}

/** Loss, accuracy and scores of held-out data, each target counted once; undefined where there is none. */
export async function evaluate(session: Session, feed: Feed, part: HeldOut): Promise<Evaluated | undefined> {
  return await evaluateBatches(session, feed, selectBatches(feed, part))
}

/** Scores of sequences of other lengths than those of training, as series: `evaluation_loss/200`. */
export async function evaluateLengths(session: Session, feed: Feed): Promise<Readonly<Record<string, number>>> {
  const series: Record<string, number> = {}
  for (const [T, batches] of feed.otherLengths ?? []) {
    const evaluated = await evaluateBatches(session, feed, batches)
    for (const [name, value] of Object.entries(prefixScores('evaluation', evaluated))) series[`${name}/${T}`] = value
  }
  return series
}

/** The scores of held-out sequences of T steps, as series: `evaluation_loss`. */
export async function evaluateLength(
  session: Session,
  feed: Feed,
  T: number,
): Promise<Readonly<Record<string, number>>> {
  return prefixScores('evaluation', await evaluateBatches(session, feed, feed.ofLength?.(T) ?? []))
}

async function evaluateBatches(
  session: Session,
  { scoring, problem }: Feed,
  batches: Iterable<EvaluationBatch>,
): Promise<Evaluated | undefined> {
  const isIds = problem.readout.kind === 'softmax'
  const scores = scoring && createScores(scoring, problem.readout.size)
  const sum = { loss: 0, right: 0, targets: 0 }
  let hasAccuracy = false
  for (const { batch, from } of batches) {
    await nextTurn() // as in training: all that is held out may take minutes
    const targets = countTargets(batch, isIds)
    const evaluation = await session.evaluate(batch, { from, outputs: scores?.wantsOutputs === true })
    if (targets === 0) continue // moved the state on
    sum.loss += evaluation.loss * targets
    sum.right += (evaluation.accuracy ?? 0) * targets
    sum.targets += targets
    hasAccuracy = evaluation.accuracy !== undefined
    if (evaluation.outputs !== undefined) scores?.add(evaluation.outputs, batch.targets)
  }
  if (sum.targets === 0) return undefined
  const loss = sum.loss / sum.targets
  const scored = scores?.result(loss)
  return {
    ...scored,
    targets: sum.targets / (scoring?.kind === 'classes' && !isIds ? problem.readout.size : 1), // K numbers a target
    scores: { loss, ...(hasAccuracy && { accuracy: sum.right / sum.targets }), ...scored?.scores },
  }
}

/** Scores as series: `evaluation_loss` of evaluations during the run, `test_loss` of what is evaluated after it. */
export function prefixScores(prefix: 'evaluation' | 'test', evaluated: Evaluated | undefined): Record<string, number> {
  const scores = Object.entries(evaluated?.scores ?? {})
  return Object.fromEntries(scores.map(([name, value]) => [`${prefix}_${name}`, value]))
}

function selectBatches({ evaluationBatches, testBatches }: Feed, part: HeldOut): Iterable<EvaluationBatch> {
  return part === 'test' ? (testBatches ?? []) : evaluationBatches
}

/** Class ids from 0, else numbers that are finite. */
function countTargets({ targets }: Batch, isIds: boolean): number {
  let count = 0
  for (const target of targets) count += Number(isIds ? target >= 0 : Number.isFinite(target))
  return count
}
