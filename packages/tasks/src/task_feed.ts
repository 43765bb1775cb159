import { random } from '@unroll/random'
import type { Batch } from '@unroll/bptt'
import { lengthAt, type JobSpec, type Problem, type TaskData, type TaskName } from '@unroll/contract'
import { interleave } from './interleave.ts'
import { adding, multiplication } from './samplers/adding.ts'
import { agreement } from './samplers/agreement.ts'
import { copy, selectiveCopy } from './samplers/copy.ts'
import { delayedEcho } from './samplers/delayed_echo.ts'
import { counting, reber } from './samplers/grammars.ts'
import { noiseFreeLag } from './samplers/noise_free_lag.ts'
import { parity } from './samplers/parity.ts'
import type { Sample, Sampler } from './samplers/sampler.ts'
import { temporalOrder } from './samplers/temporal_order.ts'
import { timing } from './samplers/timing.ts'
import type { EvaluationBatch, Feed, TrainingWindow } from './training_window.ts'
import { compensate, truncation, windowAt, type Decided, type Truncation } from './windows.ts'

const SAMPLERS: { [Name in TaskName]: Sampler<Name> } = {
  adding,
  multiplication,
  temporal_order: temporalOrder,
  copy,
  selective_copy: selectiveCopy,
  noise_free_lag: noiseFreeLag,
  delayed_echo: delayedEcho,
  parity,
  timing,
  counting,
  reber,
  agreement,
}

/** Batches of one evaluation of a task, whose sequences have no end. */
const EVALUATION_BATCHES = 4

type Split = 'training' | 'evaluation'

/** Batches of a built-in task; each sequence is a function of (seed, split, index). */
export function taskFeed(spec: JobSpec, data: TaskData, problem: Problem): Feed {
  const draw = (split: Split, index: number, T: number) => drawBatch(spec, data, problem, { split, index, T })
  const heldOut = (T: number): EvaluationBatch[] =>
    Array.from({ length: spec.training.evaluation_batches ?? EVALUATION_BATCHES }, (_, index) => ({
      batch: draw('evaluation', index, T),
      from: 'initial',
    }))
  const { evaluation_lengths: others = [] } = spec.training // absent from older records
  const shared = {
    problem,
    evaluationBatches: heldOut(spec.sequence_length),
    ofLength: heldOut,
    otherLengths: new Map(others.map((T) => [T, { [Symbol.iterator]: () => heldOut(T).values() }])),
  }
  const reachAt = (step: number, { growths, reach }: Decided): Truncation & { T: number } => {
    const T = lengthAt(spec, step, growths)
    return { T, ...truncation({ ...spec, sequence_length: T }), ...reach }
  }
  if (problem.mode === 'many_to_one')
    return {
      ...shared,
      window(step, decided = {}) {
        const reach = reachAt(step, decided)
        return lastWindow(draw('training', step - 1, reach.T), problem, reach, step - 1)
      },
    }
  const drawKept = keepNewest((index, T) => draw('training', index, T))
  return {
    ...shared,
    window(step, decided = {}) {
      const reach = reachAt(step, decided)
      const windowsPerSequence = reach.T / reach.k1
      const sequence = drawKept(Math.floor((step - 1) / windowsPerSequence), reach.T)
      const { start, end, window } = windowAt((step - 1) % windowsPerSequence, reach, step - 1)
      return { batch: slice(sequence, start, end, problem), window }
    },
  }
}

/** Keeps the newest batch of sequences, whose windows are cut one after another: drawn for each window, a stream would cost the square of its length. */
function keepNewest(draw: (index: number, T: number) => Batch): typeof draw {
  let newest: { readonly index: number; readonly T: number; readonly batch: Batch } | undefined
  return (index, T) => {
    if (newest?.index !== index || newest.T !== T) newest = { index, T, batch: draw(index, T) }
    return newest.batch
  }
}

/**
 * The only loss is at the end: one update for each sequence, whose gradient reaches k2 steps back, or as far as is drawn;
 * earlier steps only advance the state.
 *
 * @param step The step of the run, from 0.
 */
function lastWindow(sequence: Batch, problem: Problem, { k2, cuts }: Truncation, step: number): TrainingWindow {
  const T = sequence.steps
  const reach = cuts?.drawReach(step, T) ?? k2
  const more = compensate(cuts)
  if (reach >= T) return { batch: sequence, window: { from: 'initial', lossSteps: T, advance: 0, ...more } }
  return {
    prefix: slice(sequence, 0, T - reach, problem),
    batch: slice(sequence, T - reach, T, problem),
    window: { from: 'carried', lossSteps: reach, advance: 0, ...more },
  }
}

/** One sequence of a task, of at most T steps: a function of (seed, split, index). */
export function drawSample(
  data: TaskData,
  T: number,
  { seed, split, index }: { seed: number; split: Split; index: number },
): Sample {
  const draw = SAMPLERS[data.task] as Sampler<TaskName>
  return draw(data, T, random(seed, `${data.task}.${split}`, index))
}

function drawBatch(
  spec: JobSpec,
  data: TaskData,
  { inputs: { kind, size }, readout, mode }: Problem,
  { split, index, T }: { split: Split; index: number; T: number },
): Batch {
  const { batch_size: N, seed } = spec.training
  const [X, K] = [kind === 'vectors' ? size : 1, readout.kind === 'softmax' ? 1 : readout.size]
  const outputs = mode === 'many_to_many' ? T : 1
  const inputs = kind === 'vectors' ? new Float32Array(T * N * X) : new Int32Array(T * N)
  const targets =
    readout.kind === 'softmax'
      ? new Int32Array(outputs * N).fill(-1)
      : new Float32Array(outputs * N * K).fill(Number.NaN)
  const lengths = new Int32Array(N)
  for (let n = 0; n < N; n++) {
    const sample = drawSample(data, T, { seed, split, index: index * N + n })
    interleave(sample.inputs, inputs, { n, N, width: X })
    interleave(sample.targets, targets, { n, N, width: K })
    lengths[n] = sample.inputs.length / X
  }
  return { steps: T, inputs, targets, ...(lengths.some((length) => length < T) && { lengths }) }
}

/** Steps [start, end) of a time-major batch, with the targets of these steps if every step has one. */
function slice(batch: Batch, start: number, end: number, problem: Problem): Batch {
  if (start === 0 && end === batch.steps) return batch
  const steps = end - start
  const inputsPerStep = batch.inputs.length / batch.steps
  const targetsPerStep = batch.targets.length / batch.steps
  return {
    steps,
    inputs: batch.inputs.subarray(start * inputsPerStep, end * inputsPerStep),
    targets:
      problem.mode === 'many_to_many'
        ? batch.targets.subarray(start * targetsPerStep, end * targetsPerStep)
        : batch.targets,
    ...(batch.lengths && { lengths: batch.lengths.map((length) => Math.min(Math.max(length - start, 0), steps)) }),
  }
}
