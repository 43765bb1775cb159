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
  Program,
  ReadoutKind,
  Session,
  StepOptions,
  StepReport,
  TrainingState,
  TruncationBias,
  Window,
} from './engine.ts'
export { dropoutMasks } from './dropout.ts'
export { joinFlow } from './flow.ts'
export { answeredSteps, answerOf, forward, lossGradients, statesAfter, type StepBatch } from './gradients.ts'
export { initialParameters } from './init/parameters.ts'
export { inputGradient } from './input.ts'
export { networkOf, parameterShapes, type Network } from './network.ts'
export { tensorNorms, totalNorm } from './norms.ts'
export { type CrossEntropy, type MatMulOptions, type Ops, type Parts } from './ops.ts'
export { observe, type Observations, type Observed } from './observe.ts'
export { momentsOf, update, updateScalars } from './optimizers/update.ts'
export { type Recurrence, type Scanned } from './scan.ts'
export { learningRateAt } from './schedule.ts'
export { rowsOf, type Series, type SeriesByName } from './series.ts'
export { flattenState, initialState, stateShapes, unflattenState } from './state.ts'
export { shardCount } from './shards.ts'
export { trainStep, type StepPlan, type StepReportTensors, type StepState } from './step.ts'
export { mapTensors, named, prefixed, under, type Tensors } from './tensors.ts'
export { truncationBias } from './truncation_bias.ts'
export { unroll, type LayerRun, type RowConditions } from './unroll.ts'
