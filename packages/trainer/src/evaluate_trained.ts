import type { Engine } from '@unroll/bptt'
import type { EvaluationReport, JobSpec } from '@unroll/contract'
import type { Feed } from '@unroll/tasks'
import { evaluate } from './evaluate.ts'
import { buildReport } from './evaluation_report.ts'
import type { RunState } from './run_state.ts'
import { describeProgram } from './train.ts'

/**
 * How the weights of a checkpoint answer another data set, which is the test part of `feed`; undefined where it has no
 * target. Everything is as in the evaluations of the run itself: batches of the same size, the same windows.
 */
export async function evaluateTrained(
  engine: Engine,
  spec: JobSpec,
  feed: Feed,
  { position, training }: RunState,
): Promise<EvaluationReport | undefined> {
  const session = await engine.open(describeProgram(spec, feed, engine), training)
  try {
    const evaluated = await evaluate(session, feed, 'test')
    return evaluated && { ...buildReport('test', position.step, feed, evaluated), part: 'dataset' }
  } finally {
    session.dispose()
  }
}
