// Rules between the fields of a job, and faults that need the data set: one file, as their order is the order in which they are reported.

import type { Fault } from '../schema/fault.ts'
import type { Rule } from '../schema/rule.ts'
import { valueAt } from '../schema/pointer.ts'
import { CELLS } from './sections/cells.ts'
import { countLayers, getProjectionSize, haveOneSize, listHiddenSizes, listOutputSizes } from './sections/layers.ts'
import { estimate } from './cost/estimate.ts'
import type { JobSpec } from './job_spec.ts'
import { SIZE_DEFAULTS } from './sections/model.ts'
import { usesDataset, type ProblemName } from './sections/data.ts'
import { explainUnmeasured, unmeasured } from './measured.ts'
import type { Problem } from './problem.ts'
import { getTaskFacts, taskProblem, type TaskData } from './tasks/tasks.ts'
import { countGpus, countMicroBatches, countRows, chooseShards } from './cost/shards.ts'

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
    // Without anything held out there is no best checkpoint, which is no fault.
    const isMade = isHeldOut || pointer === '/checkpoint/best_by'
    const wanted = series === undefined ? undefined : explainUnmeasured(problem, series, isMade)
    return wanted === undefined
      ? []
      : [{ pointer, detail: `Must be ${wanted}: current value is "${series}"`, value: series }]
  })
}

const NEEDS_HELD_OUT =
  'not be "adaptive" where nothing is held out, as k2 is chosen by the gradient of held-out sequences'

/** The fault of a job whose k2 follows held-out sequences of a data set that holds none out. */
export function adaptiveFault({ bptt: { mode } }: JobSpec, isHeldOut: boolean): Fault | undefined {
  if (mode !== 'adaptive' || isHeldOut) return undefined
  return { pointer: '/bptt/mode', detail: `Must ${NEEDS_HELD_OUT}`, value: mode }
}

/** The fault of a job that is estimated to need more memory than it allows. */
export function memoryFault(spec: JobSpec, problem: Problem): Fault | undefined {
  const { memory_bytes } = estimate(spec, problem)
  const limit = spec.resources.max_memory_bytes
  if (memory_bytes <= limit) return undefined
  const detail =
    `Must be at least the ${memory_bytes} bytes that ${describeSizes(spec)}, ` +
    `sequence_length ${spec.sequence_length} and batch_size ${spec.training.batch_size} are estimated to need${describePlace(spec)}: current value is ${limit}${suggestRemedy(spec, problem)}`
  return { pointer: '/resources/max_memory_bytes', detail, value: limit }
}

function describeSizes({ model }: JobSpec): string {
  const { hidden_sizes: sizes, hidden_size, layers } = model
  return sizes ? `hidden_sizes [${sizes.join(', ')}]` : `hidden_size ${hidden_size}, layers ${layers}`
}

/** What has the memory, where that is not the one thing that computes. */
function describePlace(spec: JobSpec): string {
  const gpus = countGpus(spec)
  return gpus === 1 ? '' : ` on each of ${gpus} GPUs`
}

/** What would make it fit, if keeping less of the window does. */
function suggestRemedy(spec: JobSpec, problem: Problem): string {
  for (const recompute of ['auto', 1] as const) {
    const bptt = { ...spec.bptt, recompute }
    const changed: JobSpec = Object.create(spec, { bptt: { value: bptt } }) // a copy would read all fields, of which some may have faults
    const { memory_bytes, segment_steps } = estimate(changed, problem)
    if (typeof segment_steps === 'number' && memory_bytes <= spec.resources.max_memory_bytes)
      return `. With bptt.recompute ${JSON.stringify(recompute)} it needs ${memory_bytes}, as segments of ${segment_steps} steps are gone through forward again`
  }
  return ''
}

/** A rule on the field at `pointer`. @param wanted what it must do or be; undefined where it does */
function rule(pointer: string, wanted: (spec: JobSpec) => string | undefined): Rule<JobSpec> {
  return (spec) => {
    const words = wanted(spec)
    return words === undefined ? undefined : { pointer, detail: `Must ${words}`, value: valueAt(spec, pointer) }
  }
}

/** What must hold between the fields of a job: first what others rest on. */
export const RULES: readonly Rule<JobSpec>[] = [
  rule('/sequence_length', ({ data, sequence_length: T }) => {
    if (usesDataset(data) || 'lag' in data) return undefined // the rule of the lag says it
    const { minimumLength } = taskProblem(data, T)
    return T >= minimumLength ? undefined : `be ≥ ${minimumLength} for task "${data.task}": current value is ${T}`
  }),
  rule('/data/lag', ({ data, sequence_length: T }) =>
    usesDataset(data) || !('lag' in data) || data.lag < T
      ? undefined
      : `be shorter than sequence_length (${T}): current value is ${data.lag}`,
  ),
  rule('/data/longest', ({ data }) =>
    usesDataset(data) || data.task !== 'timing' || data.longest >= data.shortest
      ? undefined
      : `be ≥ shortest (${data.shortest}): current value is ${data.longest}`,
  ),
  rule('/bptt/k2', ({ bptt }) =>
    bptt.mode !== 'truncated' || bptt.k2 >= bptt.k1 ? undefined : `be ≥ k1 (${bptt.k1}): current value is ${bptt.k2}`,
  ),
  rule('/bptt/k2_max', ({ bptt, sequence_length: T }) =>
    bptt.mode !== 'adaptive' || bptt.k2_max === null || (bptt.k2_max >= bptt.k1 && bptt.k2_max <= T)
      ? undefined
      : `be from k1 (${bptt.k1}) to sequence_length (${T}): current value is ${bptt.k2_max}`,
  ),
  rule('/bptt/k1', ({ bptt, sequence_length: T }) =>
    bptt.mode === 'full' || bptt.k1 <= T ? undefined : `be ≤ sequence_length (${T}): current value is ${bptt.k1}`,
  ),
  // Text goes on before a window, so that a gradient that was to reach further back would be cut off.
  rule('/bptt/k2', ({ bptt, data, sequence_length: T }) =>
    bptt.mode !== 'truncated' || !usesDataset(data) || bptt.k2 <= T
      ? undefined
      : `be ≤ sequence_length (${T}) on a data set: current value is ${bptt.k2}`,
  ),
  rule('/bptt/k1', ({ bptt, data, sequence_length: T }) =>
    bptt.mode === 'full' || (bptt.mode !== 'randomised' && usesDataset(data)) || T % bptt.k1 === 0
      ? undefined
      : `divide sequence_length (${T}): current value is ${bptt.k1}`,
  ),
  rule('/model/embedding_size', ({ data, model }) =>
    model.embedding_size === null || usesDataset(data) || taskProblem(data, 1).inputs.kind === 'symbols' // of any length
      ? undefined
      : `be null as task "${data.task}" has vectors for input, not symbols`,
  ),
  rule('/model/init/forget_bias', ({ model: { init } }) =>
    !('forget_bias' in init) || init.chrono_t_max === null || init.forget_bias === 1
      ? undefined
      : 'be left out with chrono_t_max, which sets the forget bias itself',
  ),
  rule('/model/hidden_sizes', ({ model }) => {
    const { hidden_sizes: sizes } = model
    const beside = (['hidden_size', 'layers'] as const).filter((name) => model[name] !== SIZE_DEFAULTS[name])
    if (!sizes || beside.length === 0) return undefined
    const others = beside.map((name) => `${name} ${model[name]}`).join(' and ')
    return `be left out beside ${others}, or these be left out, as it is the size of each layer: current value is [${sizes.join(', ')}]`
  }),
  rule('/model/dropout', ({ model }) =>
    model.dropout === 0 || countLayers(model) > 1
      ? undefined
      : `be 0 with one layer, as it acts between layers: current value is ${model.dropout}`,
  ),
  rule('/model/residual', ({ model }) => {
    if (model.residual !== true || countLayers(model) > 1) return undefined
    return 'be false with one layer, as the output of the layer below is added: current value is true'
  }),
  rule('/model/projection_size', ({ model }) => {
    const P = getProjectionSize(model)
    const H = Math.min(...listHiddenSizes(model))
    return P === undefined || P < H
      ? undefined
      : `be < ${H}, the units of the smallest layer, as it is what h_t is reduced to: current value is ${P}`
  }),
  rule('/model/hidden_sizes', ({ model }) => {
    const sizes = listOutputSizes(model)
    if (model.residual !== true || haveOneSize(sizes)) return undefined
    return `have one size with residual, as the output of a layer is added to that of the layer above: current value is [${sizes.join(', ')}]`
  }),
  rule('/model/bidirectional', ({ data, model }) =>
    model.bidirectional !== true || usesDataset(data) || getTaskFacts(data.task).foretells !== true
      ? undefined
      : `be false for task "${data.task}", as the backward direction reads the later steps, which are the answers: current value is true`,
  ),
  rule('/bptt/mode', ({ bptt, model }) =>
    model.bidirectional !== true || bptt.mode === 'full'
      ? undefined
      : `be "full" with bidirectional, as the backward direction begins at the end of a whole sequence: current value is "${bptt.mode}"`,
  ),
  rule('/observe/bias_every', ({ bptt, observe: { bias_every: every } }) =>
    bptt.mode !== 'randomised' || every === 0
      ? undefined
      : `be 0 with bptt.mode "randomised", whose gradient is right on average and wrong in each draw: current value is ${every}`,
  ),
  rule('/bptt/mode', ({ bptt, data }) =>
    bptt.mode !== 'adaptive' || unmeasured(data, 'evaluation_loss') === undefined ? undefined : NEEDS_HELD_OUT,
  ),
  rule('/bptt/recompute', ({ bptt: { recompute }, model }) =>
    model.bidirectional !== true || typeof recompute !== 'number'
      ? undefined
      : `be "auto" or "never" with bidirectional, which keeps the whole window, as the backward direction begins at its end: current value is ${recompute}`,
  ),
  rule('/model/recurrent_dropout', ({ model: { cell, recurrent_dropout: p = 0 } }) =>
    CELLS[cell].recurrent !== 'none' || p === 0
      ? undefined
      : `be 0 as cell "${cell}" has no recurrent weights: current value is ${p}`,
  ),
  rule('/model/zoneout/cell', ({ model: { cell, zoneout } }) => {
    const { cellZoneout } = CELLS[cell]
    const p = zoneout?.cell ?? 0
    return p === 0 || cellZoneout === true
      ? undefined
      : `be 0 for cell "${cell}", as ${cellZoneout}: current value is ${p}`
  }),
  rule('/model/layer_norm', ({ model: { cell, layer_norm } }) => {
    const { layerNorm } = CELLS[cell]
    if (layer_norm !== true || layerNorm === true) return undefined
    return `be false for cell "${cell}", as ${layerNorm}: current value is true`
  }),
  rule('/model/init/spectral_radius', ({ model }) => {
    if (model.init.spectral_radius === null) return undefined
    if (CELLS[model.cell].recurrent === 'none') return `be null as cell "${model.cell}" has no recurrent weights`
    return getProjectionSize(model) === undefined
      ? undefined
      : 'be null with projection_size, as the blocks of Wh are not square and have no eigenvalues'
  }),
  rule('/model/init/r_min', ({ model: { init } }) =>
    !('r_min' in init) || init.r_min <= init.r_max
      ? undefined
      : `be at most r_max, which is ${init.r_max}: current value is ${init.r_min}`,
  ),
  rule('/init_from', ({ init_from }) => {
    if (!init_from) return undefined
    const given = (['job', 'model', 'weights'] as const).filter((name) => init_from[name] !== undefined)
    if (given.length !== 1)
      return `have exactly one of job, model and weights: it has ${given.length === 0 ? 'none' : given.join(' and ')}`
    const { checkpoint, version, job, model } = init_from
    if (checkpoint !== undefined && job === undefined) return 'have no checkpoint without job'
    return version === undefined || model !== undefined ? undefined : 'have no version without model'
  }),
  rule('/act_on', ({ on_finding: action = 'notify', act_on: codes }) =>
    action === 'notify' || codes?.length !== 0
      ? undefined
      : `have at least one finding where on_finding is "${action}"`,
  ),
  rule('/training/freeze', ({ model, training: { freeze = [] } }) => {
    const layers = Array.from({ length: countLayers(model) }, (_, layer) => `layers.${layer}`)
    const parts = [...(model.embedding_size === null ? [] : ['embedding']), ...layers, 'readout']
    const unknown = freeze.find((part) => !parts.includes(part))
    if (unknown !== undefined)
      return `be parts of the network, which are ${parts.join(', ')}: current value has "${unknown}"`
    return freeze.length < parts.length ? undefined : 'leave something to train: current value is all of the network'
  }),
  rule('/training/evaluation_lengths', (spec) => {
    const { data, sequence_length: T } = spec
    const { evaluation_lengths: lengths = [] } = spec.training
    if (lengths.length === 0) return undefined
    if (usesDataset(data)) return 'be left out on a data set, whose sequences have their own lengths'
    const least = findShortestLength(data)
    const wrong = lengths.find((length) => length < least || length > MOST_LONGER * T)
    if (wrong === undefined) return undefined
    return `be from ${least} to ${MOST_LONGER * T}, ${MOST_LONGER} times sequence_length: current value has ${wrong}`
  }),
  rule('/training/curriculum', (spec) => {
    const { data, bptt, sequence_length: T } = spec
    const { curriculum } = spec.training
    if (!curriculum) return undefined
    if (usesDataset(data)) return 'be left out on a data set, whose sequences have their own lengths'
    if (bptt.mode !== 'full')
      return `be left out with bptt.mode "${bptt.mode}", whose windows would no longer fill a sequence`
    const { start_length: start } = curriculum
    const least = findShortestLength(data)
    return start >= least && start < T
      ? undefined
      : `have a start_length from ${least} to ${T - 1}, below sequence_length: current value is ${start}`
  }),
  rule('/training/curriculum/when', ({ training: { curriculum } }) =>
    !curriculum?.when || (curriculum.when.below === undefined) !== (curriculum.when.above === undefined)
      ? undefined
      : 'have either below or above',
  ),
  rule('/training/curriculum/when/series', ({ data, training: { curriculum } }) =>
    curriculum?.when ? beMeasured(data, curriculum.when.series) : undefined,
  ),
  rule('/regularise/flossing/before', ({ regularise, training: { max_steps } }) => {
    const before = regularise?.flossing?.before ?? 0
    return before < max_steps
      ? undefined
      : `be < max_steps (${max_steps}), as those updates learn nothing of the task: current value is ${before}`
  }),
  rule('/regularise/flossing/every', ({ regularise }) =>
    regularise?.flossing?.before === 0 && regularise.flossing.every === 0
      ? 'be ≥ 1 where before is 0, as no update would learn from the exponents: current value is 0'
      : undefined,
  ),
  rule('/training/target', ({ training: { target } }) =>
    target === null || (target.below === undefined) !== (target.above === undefined)
      ? undefined
      : 'have either below or above',
  ),
  rule('/training/target/series', ({ data, training: { target } }) =>
    target === null ? undefined : beMeasured(data, target.series),
  ),
  rule('/training/early_stopping', ({ data, training: { early_stopping: stopping, evaluate_every } }) => {
    if (stopping === null) return undefined
    const isHeldOut = unmeasured(data, stopping.series) === undefined
    if (evaluate_every > 0 && isHeldOut) return undefined
    const why = evaluate_every === 0 ? 'evaluate_every is 0' : 'nothing is held out'
    return `be null where ${why}, as it compares evaluations during the run`
  }),
  // Without anything held out of a data set there is no best checkpoint, which is no fault.
  rule('/checkpoint/best_by', ({ data, checkpoint }) =>
    checkpoint.keep_best === 0 || usesDataset(data) ? undefined : beMeasured(data, checkpoint.best_by),
  ),
  rule('/training/gradient_accumulation', (spec) => {
    const { batch_size: N } = spec.training
    const parts = countMicroBatches(spec)
    return N % parts === 0 ? undefined : `divide batch_size (${N}): current value is ${parts}`
  }),
  rule('/resources/gpus', (spec) => {
    const gpus = countGpus(spec)
    const { accelerator } = spec.resources
    if (gpus === 1 || accelerator === 'gpu') return undefined
    return `be 1 unless accelerator is "gpu": current value is ${gpus} with accelerator "${accelerator}"`
  }),
  rule('/resources/gpus', (spec) => {
    const gpus = countGpus(spec)
    const parts = chooseShards(spec, 'gpu')
    if (parts % gpus === 0) return undefined
    const shards = JSON.stringify(spec.resources.shards)
    const why = `${describeRows(spec)} with shards ${shards} is cut into ${parts}`
    return `divide the equal parts of the batch, as ${why}: current value is ${gpus}`
  }),
  rule('/resources/tf32', ({ resources: { tf32, accelerator } }) =>
    tf32 !== true || accelerator !== 'cpu'
      ? undefined
      : 'be false with accelerator "cpu", which has no TF32 and computes in float32: current value is true',
  ),
  (spec) => (usesDataset(spec.data) ? undefined : memoryFault(spec, taskProblem(spec.data, spec.sequence_length))),
]

/** Evaluations of longer sequences hold their batches in memory. */
const MOST_LONGER = 10

/** The shortest T that a task can be posed on. */
function findShortestLength(data: TaskData): number {
  const least = taskProblem(data, 1).minimumLength
  return 'lag' in data ? Math.max(least, data.lag + 1) : least
}

function describeRows(spec: JobSpec): string {
  const { batch_size: N } = spec.training
  return countMicroBatches(spec) === 1 ? `a batch_size of ${N}` : `a micro-batch of ${countRows(spec)} rows`
}

function beMeasured(data: JobSpec['data'], series: string): string | undefined {
  const wanted = unmeasured(data, series)
  return wanted === undefined ? undefined : `be ${wanted}: current value is "${series}"`
}
