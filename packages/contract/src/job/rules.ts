import type { Fault } from '../schema/fault.ts'
import type { Rule } from '../schema/rule.ts'
import { CELLS } from './sections/cells.ts'
import { estimate } from './cost/estimate.ts'
import type { JobSpec } from './job_spec.ts'
import type { ProblemName } from './sections/data.ts'
import { taskProblem, unmeasured, explainUnmeasured, usesDataset, type DatasetShape, type Problem } from './problem.ts'
import { countGpus, chooseShards } from './cost/shards.ts'

function k2ReachesAtLeastK1({ bptt }: JobSpec): Fault | undefined {
  if (bptt.mode !== 'truncated' || bptt.k2 >= bptt.k1) return undefined
  return { pointer: '/bptt/k2', detail: `Must be ≥ k1 (${bptt.k1}): current value is ${bptt.k2}`, value: bptt.k2 }
}

function k1FitsTheSequence({ bptt, sequence_length: T }: JobSpec): Fault | undefined {
  if (bptt.mode !== 'truncated' || bptt.k1 <= T) return undefined
  return {
    pointer: '/bptt/k1',
    detail: `Must be ≤ sequence_length (${T}): current value is ${bptt.k1}`,
    value: bptt.k1,
  }
}

function k1DividesTheSequence({ bptt, data, sequence_length: T }: JobSpec): Fault | undefined {
  if (bptt.mode !== 'truncated' || usesDataset(data) || T % bptt.k1 === 0) return undefined
  return {
    pointer: '/bptt/k1',
    detail: `Must divide sequence_length (${T}): current value is ${bptt.k1}`,
    value: bptt.k1,
  }
}

function lagFitsTheSequence({ data, sequence_length: T }: JobSpec): Fault | undefined {
  if (usesDataset(data) || data.task !== 'noise_free_lag' || data.lag < T) return undefined
  return {
    pointer: '/data/lag',
    detail: `Must be shorter than sequence_length (${T}): current value is ${data.lag}`,
    value: data.lag,
  }
}

function sequenceFitsTheTask({ data, sequence_length: T }: JobSpec): Fault | undefined {
  if (usesDataset(data) || data.task === 'noise_free_lag') return undefined
  const { minimumLength } = taskProblem(data, T)
  if (T >= minimumLength) return undefined
  return {
    pointer: '/sequence_length',
    detail: `Must be ≥ ${minimumLength} for task "${data.task}": current value is ${T}`,
    value: T,
  }
}

function embeddingHasSymbols({ data, model }: JobSpec): Fault | undefined {
  if (model.embedding_size === null || usesDataset(data)) return undefined
  if (taskProblem(data, 1).inputs.kind === 'symbols') return undefined // for sequences of any length
  return {
    pointer: '/model/embedding_size',
    detail: `Must be null as task "${data.task}" has vectors for input, not symbols`,
    value: model.embedding_size,
  }
}

function forgetBiasIsSaidOnce({ model }: JobSpec): Fault | undefined {
  if (!('forget_bias' in model.init) || model.init.chrono_t_max === null || model.init.forget_bias === 1)
    return undefined
  return {
    pointer: '/model/init/forget_bias',
    detail: 'Must be left out with chrono_t_max, which sets the forget bias itself',
    value: model.init.forget_bias,
  }
}

function dropoutHasLayersBetween({ model }: JobSpec): Fault | undefined {
  if (model.dropout === 0 || model.layers > 1) return undefined
  return {
    pointer: '/model/dropout',
    detail: `Must be 0 with one layer, as it acts between layers: current value is ${model.dropout}`,
    value: model.dropout,
  }
}

function radiusHasWeights({ model }: JobSpec): Fault | undefined {
  if (CELLS[model.cell].recurrent !== 'none' || model.init.spectral_radius === null) return undefined
  return {
    pointer: '/model/init/spectral_radius',
    detail: `Must be null as cell "${model.cell}" has no recurrent weights`,
    value: model.init.spectral_radius,
  }
}

function targetHasOneBound({ training: { target } }: JobSpec): Fault | undefined {
  if (target === null || (target.below === undefined) !== (target.above === undefined)) return undefined
  return { pointer: '/training/target', detail: 'Must have either below or above', value: target }
}

function targetIsMeasured({ data, training: { target } }: JobSpec): Fault | undefined {
  const wanted = target === null ? undefined : unmeasured(data, target.series)
  if (target === null || wanted === undefined) return undefined
  const detail = `Must be ${wanted}: current value is "${target.series}"`
  return { pointer: '/training/target/series', detail, value: target.series }
}

function stoppingHasEvaluations({ data, training }: JobSpec): Fault | undefined {
  if (training.early_stopping === null) return undefined
  const why =
    training.evaluate_every === 0
      ? 'evaluate_every is 0'
      : unmeasured(data, training.early_stopping.series) && 'nothing is held out'
  if (why === undefined) return undefined
  return {
    pointer: '/training/early_stopping',
    detail: `Must be null where ${why}, as it compares evaluations during the run`,
    value: training.early_stopping,
  }
}

function bestIsMeasured({ data, checkpoint: { keep_best, best_by } }: JobSpec): Fault | undefined {
  // Without anything held out there is no best checkpoint, which is no fault.
  const wanted = keep_best === 0 || usesDataset(data) ? undefined : unmeasured(data, best_by)
  if (wanted === undefined) return undefined
  return { pointer: '/checkpoint/best_by', detail: `Must be ${wanted}: current value is "${best_by}"`, value: best_by }
}

/**
 * The faults of a job on a data set in series that it names and what it learns does not have.
 *
 * @param isHeldOut whether anything is held out for evaluation
 */
export function seriesFaults(
  { training, checkpoint }: JobSpec,
  problem: ProblemName | 'text',
  isHeldOut = true,
): Fault[] {
  const named: [pointer: string, series: string | undefined][] = [
    ['/training/target/series', training.target?.series],
    ['/training/early_stopping/series', training.early_stopping?.series],
    ['/checkpoint/best_by', checkpoint.best_by],
  ]
  return named.flatMap(([pointer, series]) => {
    const isOfNone = !isHeldOut && series?.startsWith('evaluation') === true && pointer !== '/checkpoint/best_by'
    const none = isOfNone ? 'measured in training, as nothing is held out for evaluation' : undefined
    const wanted = series === undefined ? undefined : (none ?? explainUnmeasured(problem, series))
    return wanted === undefined
      ? []
      : [{ pointer, detail: `Must be ${wanted}: current value is "${series}"`, value: series }]
  })
}

function severalGpusAreAskedFor(spec: JobSpec): Fault | undefined {
  const gpus = countGpus(spec)
  const { accelerator } = spec.resources
  if (gpus === 1 || accelerator === 'gpu') return undefined
  const detail = `Must be 1 unless accelerator is "gpu": current value is ${gpus} with accelerator "${accelerator}"`
  return { pointer: '/resources/gpus', detail, value: gpus }
}

function gpusHaveEqualShards(spec: JobSpec): Fault | undefined {
  const gpus = countGpus(spec)
  const parts = chooseShards(spec, 'gpu')
  if (parts % gpus === 0) return undefined
  const { shards } = spec.resources
  const why = `a batch_size of ${spec.training.batch_size} with shards ${JSON.stringify(shards)} is cut into ${parts}`
  const detail = `Must divide the equal parts of the batch, as ${why}: current value is ${gpus}`
  return { pointer: '/resources/gpus', detail, value: gpus }
}

function tf32IsForGpus({ resources: { tf32, accelerator } }: JobSpec): Fault | undefined {
  if (tf32 !== true || accelerator !== 'cpu') return undefined
  const detail =
    'Must be false with accelerator "cpu", which has no TF32 and computes in float32: current value is true'
  return { pointer: '/resources/tf32', detail, value: tf32 }
}

function taskFitsIntoMemory(spec: JobSpec): Fault | undefined {
  return usesDataset(spec.data) ? undefined : memoryFault(spec, taskProblem(spec.data, spec.sequence_length))
}

/** The fault of a job that is estimated to need more memory than it allows. */
export function memoryFault(spec: JobSpec, problem: Problem): Fault | undefined {
  const { memory_bytes } = estimate(spec, problem)
  const limit = spec.resources.max_memory_bytes
  if (memory_bytes <= limit) return undefined
  const detail =
    `Must be at least the ${memory_bytes} bytes that hidden_size ${spec.model.hidden_size}, layers ${spec.model.layers}, ` +
    `sequence_length ${spec.sequence_length} and batch_size ${spec.training.batch_size} are estimated to need${describePlace(spec)}: current value is ${limit}${suggestRemedy(spec, problem)}`
  return { pointer: '/resources/max_memory_bytes', detail, value: limit }
}

/** What has the memory, where that is not the one thing that computes. */
function describePlace(spec: JobSpec): string {
  const gpus = countGpus(spec)
  return gpus === 1 ? '' : ` on each of ${gpus} GPUs`
}

/** What would make it fit, if keeping less of the window does. */
function suggestRemedy(spec: JobSpec, problem: Problem): string {
  for (const recompute of ['auto', 1] as const) {
    const { memory_bytes, segment_steps } = estimate({ ...spec, bptt: { ...spec.bptt, recompute } }, problem)
    if (typeof segment_steps === 'number' && memory_bytes <= spec.resources.max_memory_bytes)
      return `. With bptt.recompute ${JSON.stringify(recompute)} it needs ${memory_bytes}, as segments of ${segment_steps} steps are gone through forward again`
  }
  return ''
}

/** The fault of a job on text: each of its parallel streams must hold at least one window and the symbol after it. */
export function datasetFault(spec: JobSpec, { characters }: DatasetShape): Fault | undefined {
  if (!usesDataset(spec.data)) return undefined
  const T = spec.sequence_length
  const training = Math.floor(characters * (1 - spec.data.validation_fraction))
  const longest = Math.floor(training / spec.training.batch_size) - 1
  if (longest >= T) return undefined
  return {
    pointer: '/sequence_length',
    detail:
      `Must be ≤ ${Math.max(longest, 0)} as the text has ${characters} characters, ${training} of them for training ` +
      `in ${spec.training.batch_size} streams (batch_size): current value is ${T}`,
    value: T,
  }
}

/** The fault of a job on text whose held-out part is shorter than one window and the symbol after it: nothing could be evaluated. */
export function heldOutFault(spec: JobSpec, { characters }: DatasetShape): Fault | undefined {
  if (!usesDataset(spec.data) || spec.data.validation_fraction === 0) return undefined
  const { validation_fraction } = spec.data
  const least = spec.sequence_length + 1
  const held = characters - Math.floor(characters * (1 - validation_fraction))
  if (held >= least) return undefined
  return {
    pointer: '/data/validation_fraction',
    detail:
      `Must hold out at least ${least} characters (sequence_length and the one after), or be 0: ` +
      `current value ${validation_fraction} holds out ${held} of ${characters}`,
    value: validation_fraction,
  }
}

/** Text goes on before a window, so that a gradient that was to reach further back would be cut off. */
function k2FitsTheWindow({ bptt, data, sequence_length: T }: JobSpec): Fault | undefined {
  if (bptt.mode !== 'truncated' || !usesDataset(data) || bptt.k2 <= T) return undefined
  return {
    pointer: '/bptt/k2',
    detail: `Must be ≤ sequence_length (${T}) on a data set: current value is ${bptt.k2}`,
    value: bptt.k2,
  }
}

const TASK = ['/data/task', '/data/dataset']
const NETWORK = ['cell', 'hidden_size', 'layers', 'embedding_size', 'initial_state', 'peephole', 'reset'].map(
  (name) => `/model/${name}`,
)

/** What must hold between the fields of a job: first what others rest on. */
export const RULES: readonly Rule<JobSpec>[] = [
  { fault: sequenceFitsTheTask, reads: ['/data', '/sequence_length'] },
  { fault: lagFitsTheSequence, reads: [...TASK, '/data/lag', '/sequence_length'] },
  { fault: k2ReachesAtLeastK1, reads: ['/bptt/mode', '/bptt/k1', '/bptt/k2'] },
  { fault: k1FitsTheSequence, reads: ['/bptt/mode', '/bptt/k1', '/sequence_length'] },
  { fault: k2FitsTheWindow, reads: [...TASK, '/bptt/mode', '/bptt/k1', '/bptt/k2', '/sequence_length'] },
  { fault: k1DividesTheSequence, reads: [...TASK, '/bptt/mode', '/bptt/k1', '/sequence_length'] },
  { fault: embeddingHasSymbols, reads: [...TASK, '/model/cell', '/model/embedding_size'] },
  { fault: forgetBiasIsSaidOnce, reads: ['/model/cell', '/model/init/forget_bias', '/model/init/chrono_t_max'] },
  { fault: dropoutHasLayersBetween, reads: ['/model/cell', '/model/dropout', '/model/layers'] },
  { fault: radiusHasWeights, reads: ['/model/cell', '/model/init/spectral_radius'] },
  { fault: targetHasOneBound, reads: ['/training/target'] },
  { fault: targetIsMeasured, reads: ['/data', '/training/target'] },
  { fault: stoppingHasEvaluations, reads: ['/data', '/training/early_stopping', '/training/evaluate_every'] },
  { fault: bestIsMeasured, reads: ['/data', '/checkpoint/best_by', '/checkpoint/keep_best'] },
  { fault: severalGpusAreAskedFor, reads: ['/resources/accelerator', '/resources/gpus'] },
  { fault: gpusHaveEqualShards, reads: ['/resources/gpus', '/resources/shards', '/training/batch_size'] },
  { fault: tf32IsForGpus, reads: ['/resources/accelerator', '/resources/tf32'] },
  {
    fault: taskFitsIntoMemory,
    reads: [
      ...NETWORK,
      '/data',
      '/sequence_length',
      '/bptt',
      '/optimizer/type',
      '/training/batch_size',
      '/resources/accelerator',
      '/resources/gpus',
      '/resources/max_memory_bytes',
      '/resources/shards',
    ],
  },
]
