export { backpropagate, type BackpropagateOptions, type BackpropagateResult, type LayerBack } from './backpropagate.ts'
export { fromCanonical, toCanonical } from './canonical.ts'
export { type Cell, type Gate } from './cell.ts'
export { clipPolicy, clippingStateShapes } from './clip/clip.ts'
export { type ClipInput, type Clipped, type ClipPolicy } from './clip/policy.ts'
export type {
  Batch,
  Engine,
  Evaluation,
  Flow,
  HostTensor,
  InputKind,
  Numerics,
  Program,
  ReadoutKind,
  Session,
  StepOptions,
  StepReport,
  TrainingState,
  TruncationBias,
  Window,
} from './engine.ts'
export {
  chunkBack,
  flattenLayers,
  keptOf,
  runsOf,
  sumShapes,
  totalsOf,
  unflattenLayers,
  type ChunkBack,
} from './chunk_pass.ts'
export { chunksOf, endOf, isOneChunk, segmentsOf, type Chunk, type WindowShape } from './chunks.ts'
export { dropoutMasks } from './dropout.ts'
export { joinFlow } from './flow.ts'
export { answeredSteps, answerOf, forward, lossGradients, statesAfter, type StepBatch } from './gradients.ts'
export { initialParameters } from './init/parameters.ts'
export { inputGradient } from './input.ts'
export { networkOf, parameterShapes, type Network } from './network.ts'
export { tensorNorms, totalNorm } from './norms.ts'
export { type CrossEntropy, type MatMulOptions, type Ops, type Parts } from './ops.ts'
export { observe, type Observations, type Observed } from './observe.ts'
export { update, updateScalars } from './optimizers/update.ts'
export { takeSteps, type Recurrence, type Scanned } from './scan.ts'
export { learningRateAt } from './schedule.ts'
export { between, rowsOf, type Series, type SeriesByName } from './series.ts'
export { flattenState, initialState, stateShapes, unflattenState } from './state.ts'
export { backThroughSegments, forwardThrough, type ChunkPasses, type WindowPass } from './segments.ts'
export { saturation } from './saturation.ts'
export { spectralRadii } from './recurrence.ts'
export { initialStates } from './initial_state.ts'
export { cutStates, joinShards, ofEachShard, shardBatches } from './shards.ts'
export {
  finishStep,
  timestepClip,
  trainStep,
  type PassTotals,
  type StepPlan,
  type StepReportTensors,
  type StepState,
} from './step.ts'
export { mapTensors, named, prefixed, under, type Tensors } from './tensors.ts'
export { truncationBias } from './truncation_bias.ts'
export { unroll, unrollStates, type LayerRun, type RowConditions, type Unrolled } from './unroll.ts'
