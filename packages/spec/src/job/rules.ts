import type { Fault } from '../schema/check.ts'
import { estimate } from './estimate.ts'
import type { JobSpec } from './job_spec.ts'
import { taskProblem, usesDataset, type DatasetShape, type Problem } from './problem.ts'

/** A rule on several fields at once: the fault it finds, or nothing. */
type Rule = (spec: JobSpec) => Fault | undefined

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
  if (bptt.mode !== 'truncated' || usesDataset(data) || bptt.k1 > T || T % bptt.k1 === 0) return undefined
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

function embeddingHasSymbols({ data, model, sequence_length: T }: JobSpec): Fault | undefined {
  if (model.embedding_size === null || usesDataset(data) || taskProblem(data, T).inputs.kind === 'symbols')
    return undefined
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
  if (model.cell !== 'min_gru' || model.init.spectral_radius === null) return undefined
  return {
    pointer: '/model/init/spectral_radius',
    detail: 'Must be null as cell "min_gru" has no recurrent weights',
    value: model.init.spectral_radius,
  }
}

function targetHasOneBound({ training: { target } }: JobSpec): Fault | undefined {
  if (target === null || (target.below === undefined) !== (target.above === undefined)) return undefined
  return { pointer: '/training/target', detail: 'Must have either below or above', value: target }
}

const RULES: readonly Rule[] = [
  k2ReachesAtLeastK1,
  k1FitsTheSequence,
  k1DividesTheSequence,
  lagFitsTheSequence,
  sequenceFitsTheTask,
  embeddingHasSymbols,
  forgetBiasIsSaidOnce,
  dropoutHasLayersBetween,
  radiusHasWeights,
  targetHasOneBound,
]

/** Faults between the fields of a specification whose single fields are right. */
export function crossFieldFaults(spec: JobSpec): Fault[] {
  return RULES.map((rule) => rule(spec)).filter((fault) => fault !== undefined)
}

/** The fault of a job that is estimated to need more memory than it allows. */
export function memoryFaults(spec: JobSpec, problem: Problem): Fault[] {
  const { memory_bytes } = estimate(spec, problem)
  const limit = spec.resources.max_memory_bytes
  if (memory_bytes <= limit) return []
  const detail =
    `Must be at least the ${memory_bytes} bytes that hidden_size ${spec.model.hidden_size}, layers ${spec.model.layers}, ` +
    `sequence_length ${spec.sequence_length} and batch_size ${spec.training.batch_size} are estimated to need: current value is ${limit}`
  return [{ pointer: '/resources/max_memory_bytes', detail, value: limit }]
}

/** Faults of a job on text: each of its parallel streams must hold at least one window and the symbol after it, held-out part included. */
export function datasetFaults(spec: JobSpec, { characters }: DatasetShape): Fault[] {
  if (!usesDataset(spec.data)) return []
  const T = spec.sequence_length
  const training = Math.floor(characters * (1 - spec.data.validation_fraction))
  const longest = Math.floor(training / spec.training.batch_size) - 1
  if (longest >= T) return []
  return [
    {
      pointer: '/sequence_length',
      detail:
        `Must be ≤ ${Math.max(longest, 0)} as the text has ${characters} characters, ${training} of them for training ` +
        `in ${spec.training.batch_size} streams (batch_size): current value is ${T}`,
      value: T,
    },
  ]
}
