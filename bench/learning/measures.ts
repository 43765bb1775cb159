// How a trained job is measured: by the evaluation of the run itself, or by what it predicts of sequences that the task draws,
// which may be longer than those of training.

import { writeCounted, type Job, type Prediction, type PredictedAnswer, type TaskSamples } from '@unroll/contract'
import { call } from '../api.ts'

/** A trained job and where to ask about it. */
export interface Trained {
  readonly base: string
  readonly job: Job
}

export type Measure = (trained: Trained) => Promise<number>

/** Sequences whose data do not depend on the seed of the job: those of this seed, which no row trains with. */
const HELD_OUT_SEED = 1_000_003

type Sample = TaskSamples['samples'][number]
/** Of one sequence: how many answers are right, and how many count. */
type Score = (sample: Sample, steps: readonly PredictedAnswer[]) => { readonly right: number; readonly of: number }

/** A series of the last evaluation of the run. */
export function readResult(series: 'evaluation_loss' | 'evaluation_accuracy' | 'test_accuracy'): Measure {
  return async ({ job }) => Number(job.result?.[series])
}

/** Sequences trained until the target of the specification was reached; Infinity where it was not. */
export const countSequences: Measure = async ({ job }) =>
  job.status_reason === 'target_reached' ? job.progress.step * job.spec.training.batch_size : Infinity

/**
 * The share of right answers on `count` sequences (100 at most) of the task.
 *
 * @param change fields of the task and `sequence_length`, where they differ from those of training
 */
export function measureShare(
  score: Score,
  count: number,
  change: { data?: object; sequence_length?: number } = {},
): Measure {
  return async ({ base, job }) => {
    const { samples } = await call<TaskSamples>(`${base}/v1/tasks/samples`, {
      data: { ...job.spec.data, ...change.data },
      sequence_length: change.sequence_length ?? job.spec.sequence_length,
      seed: HELD_OUT_SEED,
      count,
    })
    const answers = await predict(
      { base, job },
      samples.map(({ inputs }) => inputs),
    )
    const scores = samples.map((sample, n) => score(sample, answers[n]!))
    const sum = (key: 'right' | 'of') => scores.reduce((total, each) => total + each[key], 0)
    return sum('right') / sum('of')
  }
}

/** The largest n up to `most` such that all strings aⁿbⁿ (aⁿbⁿcⁿ) from n = 1 on are answered right at every step. */
export function measureLongestCount(letters: number, most: number): Measure {
  return async (trained) => {
    const strings = Array.from({ length: most }, (_, n) => writeCounted(letters, n + 1))
    const answers = await predict(
      trained,
      strings.map((string) => string.map(({ input }) => input)),
    )
    const firstWrong = strings.findIndex(
      (string, n) => !string.every(({ targets }, t) => isSame(answers[n]![t]!.labels, targets)),
    )
    return firstWrong < 0 ? most : firstWrong
  }
}

/** Answers after each step of each sequence; symbols are asked by name. */
async function predict(
  { base, job }: Trained,
  inputs: readonly (readonly unknown[])[],
): Promise<readonly PredictedAnswer[][]> {
  const symbols = inputs.map((steps) => steps.map((step) => (Array.isArray(step) ? step : String(step))))
  const request = { inputs: symbols, steps: true, checkpoint: 'latest' }
  const { predictions = [] } = await call<Prediction>(`${base}/v1/jobs/${job.id}/predictions`, request)
  return predictions.map(({ steps = [] }) => steps)
}

/** Whether each label is on the side of ½ that is wanted. */
function isSame(labels: PredictedAnswer['labels'], wanted: readonly number[]): boolean {
  return labels !== undefined && wanted.every((one, k) => Number(labels[k]) > 0.5 === (one === 1))
}

/** Whether the class after the last step is right. */
export const scoreLastClass: Score = ({ targets }, steps) => ({
  right: Number(steps.at(-1)?.class === String(targets.at(-1))),
  of: 1,
})

/** Whether, behind the second spike, the third is expected most at its own step. */
export const scoreSpike: Score = ({ inputs, targets }, steps) => {
  const second = inputs.findLastIndex((input) => Array.isArray(input) && input[0] === 1)
  const heights = steps.map(({ values }, t) => (t > second ? Number(values?.[0]?.[0]) : -Infinity))
  const wanted = targets.findIndex((target) => Array.isArray(target) && target[0] === 1)
  return { right: Number(heights.indexOf(Math.max(...heights)) === wanted), of: 1 }
}

const [T, P] = [1, 2] // of BTPSXVE

/** Of continual Reber strings: whether T or P at the last but one place, which the second symbol decides, is expected more. */
export const scoreOuterSymbol: Score = ({ targets }, steps) => {
  const score = { right: 0, of: 0 }
  for (const [t, target] of targets.entries()) {
    if (!Array.isArray(target) || target.reduce((sum, one) => sum + one, 0) !== 1) continue
    const wanted = target.indexOf(1)
    if (wanted !== T && wanted !== P) continue
    const labels = steps[t]?.labels ?? []
    score.of++
    score.right += Number(Number(labels[wanted]) > Number(labels[T + P - wanted]))
  }
  return score
}
