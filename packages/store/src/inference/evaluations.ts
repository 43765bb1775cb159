import type { Evaluation } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { recorded, type Recorded } from './recorded.ts'

/** What is evaluated on what. */
export type NewEvaluation = Pick<Evaluation, 'job' | 'dataset' | 'checkpoint' | 'step'>

/** Evaluations of checkpoints on data sets, on request. */
export function evaluations(context: Context): Recorded<Evaluation, NewEvaluation> {
  return recorded(context, {
    queue: 'evaluations',
    object: 'evaluation',
    notFound: 'EVALUATION_NOT_FOUND',
    mostKept: 100,
    answer: 'report',
  })
}
