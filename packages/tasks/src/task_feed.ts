import { random } from '@unroll/random'
import type { Batch } from '@unroll/bptt'
import type { JobSpec, Problem, TaskData, TaskName } from '@unroll/contract'
import { adding } from './adding.ts'
import { copy } from './copy.ts'
import type { Feed, TrainingWindow } from './training_window.ts'
import { interleave } from './interleave.ts'
import { noiseFreeLag } from './noise_free_lag.ts'
import type { Sampler } from './sampler.ts'
import { temporalOrder } from './temporal_order.ts'
import { truncation, windowAt } from './windows.ts'

const SAMPLERS: { [Name in TaskName]: Sampler<Name> } = {
  adding,
  temporal_order: temporalOrder,
  copy,
  noise_free_lag: noiseFreeLag,
}

/** Batches of one evaluation of a task, whose sequences have no end. */
const EVALUATION_BATCHES = 4

type Split = 'training' | 'evaluation'

/** Batches of a built-in task; each sequence is a function of (seed, split, index). */
export function taskFeed(spec: JobSpec, data: TaskData, problem: Problem): Feed {
  const T = spec.sequence_length
  const { k1, k2 } = truncation(spec)
  const draw = (split: Split, index: number) => drawBatch(spec, data, problem, { split, index })

  const evaluationBatches = Array.from(
    { length: spec.training.evaluation_batches ?? EVALUATION_BATCHES },
    (_, index) => ({
      batch: draw('evaluation', index),
      from: 'initial' as const,
    }),
  )
  if (problem.mode === 'many_to_one')
    return { problem, evaluationBatches, window: (step) => lastWindow(draw('training', step - 1), k2, problem) }

  const windowsPerSequence = T / k1
  return {
    problem,
    evaluationBatches,
    window(step) {
      const sequence = draw('training', Math.floor((step - 1) / windowsPerSequence))
      const { start, end, window } = windowAt((step - 1) % windowsPerSequence, { k1, k2 })
      return { batch: slice(sequence, start, end, problem), window }
    },
  }
}

/**
 * The only loss is at the end: one update for each sequence, whose gradient reaches k2 steps back; earlier steps only
 * advance the state.
 */
function lastWindow(sequence: Batch, k2: number, problem: Problem): TrainingWindow {
  const T = sequence.steps
  if (k2 >= T) return { batch: sequence, window: { from: 'initial', lossSteps: T, advance: 0 } }
  return {
    prefix: slice(sequence, 0, T - k2, problem),
    batch: slice(sequence, T - k2, T, problem),
    window: { from: 'carried', lossSteps: k2, advance: 0 },
  }
}

function drawBatch(
  spec: JobSpec,
  data: TaskData,
  problem: Problem,
  { split, index }: { split: Split; index: number },
): Batch {
  const sample = SAMPLERS[data.task] as Sampler<TaskName>
  const N = spec.training.batch_size
  const T = spec.sequence_length
  const width = problem.inputs.kind === 'vectors' ? problem.inputs.size : 1
  const outputs = problem.mode === 'many_to_many' ? T : 1
  const inputs = problem.inputs.kind === 'vectors' ? new Float32Array(T * N * width) : new Int32Array(T * N)
  const targetWidth = problem.readout.kind === 'softmax' ? 1 : problem.readout.size
  const targets =
    problem.readout.kind === 'softmax' ? new Int32Array(outputs * N) : new Float32Array(outputs * N * targetWidth)
  for (let n = 0; n < N; n++) {
    const row = sample(data, T, random(spec.training.seed, `${data.task}.${split}`, index * N + n))
    interleave(row.inputs, inputs, { n, N, width })
    interleave(row.targets, targets, { n, N, width: targetWidth })
  }
  return { steps: T, inputs, targets }
}

/** Steps [start, end) of a time-major batch, with the targets of these steps if every step has one. */
function slice(batch: Batch, start: number, end: number, problem: Problem): Batch {
  if (start === 0 && end === batch.steps) return batch
  const inputsPerStep = batch.inputs.length / batch.steps
  const targetsPerStep = batch.targets.length / batch.steps
  return {
    steps: end - start,
    inputs: batch.inputs.subarray(start * inputsPerStep, end * inputsPerStep),
    targets:
      problem.mode === 'many_to_many'
        ? batch.targets.subarray(start * targetsPerStep, end * targetsPerStep)
        : batch.targets,
  }
}
