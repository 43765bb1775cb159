import { TaskSampleRequest, TaskSamples, describeTask, taskProblem } from '@unroll/contract'
import { drawSample } from '@unroll/tasks'
import { answer, answers } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'

const POST = {
  operationId: 'drawTaskSamples',
  tags: ['catalogue'],
  summary: 'Draws sequences of a built-in task, as the evaluation of a job with this seed has them.',
  body: TaskSampleRequest,
  response: answers({ 200: answer(TaskSamples, 'The sequences, and what the task poses on them.') }, [
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'CROSS_ORIGIN',
  ]),
}

export function taskSamples(app: App): void {
  app.post('/v1/tasks/samples', { schema: POST, config: { scope: 'read' } }, async ({ body }) => {
    const { data, sequence_length: T, seed, count } = body
    const { inputs, readout } = taskProblem(data, T)
    const [X, K] = [inputs.kind === 'vectors' ? inputs.size : 0, readout.kind === 'softmax' ? 0 : readout.size]
    const samples = Array.from({ length: count }, (_, index) =>
      drawSample(data, T, { seed, split: 'evaluation', index }),
    )
    return {
      object: 'task_samples' as const,
      problem: describeTask(data, T),
      samples: samples.map((sample) => ({
        inputs: cutRows(sample.inputs, X),
        targets: cutRows(sample.targets, K).map((target) => (target === -1 && K === 0 ? null : target)),
      })),
    }
  })
}

/** Rows of `width` numbers; with a width of 0, the numbers alone. */
function cutRows(numbers: readonly number[], width: number): (number | number[])[] {
  if (width === 0) return [...numbers]
  return Array.from({ length: numbers.length / width }, (_, row) => numbers.slice(row * width, (row + 1) * width))
}
