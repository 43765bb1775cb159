export { backpropagate, levelInputGradient, type BackpropagateOptions } from './passes/backpropagate.ts'
export { addsBias, type Cell } from './cells/cell.ts'
export { clipPolicy, clippingStateShapes } from './clip/clip.ts'
export { scaled } from './clip/coefficient.ts'
export type { Clipped } from './clip/policy.ts'
export type {
  Batch,
  Compensation,
  Engine,
  EvaluateOptions,
  Evaluation,
  ExplainedBatch,
  ExplainedRows,
  TracedRows,
  Flow,
  GradientReport,
  HostTensor,
  Numerics,
  ObserveOptions,
  PredictedRows,
  ProbeNorms,
  Program,
  RowBatch,
  Session,
  SpectrumGradients,
  StepOptions,
  StepReport,
  TrainingState,
  TruncationBias,
  Window,
} from './engine.ts'
export {
  chunkBack,
  chunkProbe,
  probedShapes,
  closeSums,
  flattenLayers,
  flattenRuns,
  unflattenRuns,
  sumShapes,
  computeTotals,
  unflattenLayers,
  type ChunkBack,
} from './passes/chunk_pass.ts'
export { cutChunks, chunkEnd, isOneChunk, groupSegments, type Chunk, type WindowShape } from './passes/chunks.ts'
export { dropoutMasks, dropoutShapes } from './network/dropout.ts'
export { keepZones, zoneoutMasks, zoneoutShapes, type Steps } from './network/zoneout.ts'
export { joinFlow, listFlows } from './observe/flow.ts'
export { joinProbedShards } from './observe/probe.ts'
export { readProbe, type ProbedLayer } from './observe/probe_reading.ts'
export { inspectStep, type Inspection } from './observe/inspect.ts'
export { backThroughSources, itemise, planSources } from './observe/matrix.ts'
export { placeMatrix, type SourceMatrix, type SourcePlan } from './observe/sources.ts'
export { drawDirections, stretchDirections } from './observe/lyapunov.ts'
export { flossWindow, type Flossed } from './observe/flossing.ts'
export type { Spectrum } from './observe/spectrum.ts'
export { readSpectrum, shareSteps } from './observe/spectrum_reading.ts'
export { mapLayer, type InspectedLayer, type InspectedStep } from './observe/inspected.ts'
export {
  answerWindow,
  targetSteps,
  computeReadout,
  evaluateReadout,
  forward,
  lossGradients,
  statesAfter,
  type StepBatch,
} from './passes/gradients.ts'
export { initialParameters } from './init/parameters.ts'
export type { BoundNetwork } from './network/bound.ts'
export { inputGradient } from './network/input.ts'
export {
  createNetwork,
  listLevels,
  outputSize,
  parameterShapes,
  listLayerShapes,
  pickTrained,
  type Network,
  type Shapes,
} from './network/network.ts'
export { tensorNorms, totalNorm } from './ops/norms.ts'
export { type CrossEntropy, type MatMulOptions, type Ops, type Parts } from './ops/ops.ts'
export { observe, type Observations, type Observed } from './observe/observe.ts'
export { update, updateScalars } from './optimizers/update.ts'
export { takeSteps } from './ops/scan.ts'
export type { Recurrence, Scanned } from './ops/ops.ts'
export { learningRateAt } from './optimizers/schedule.ts'
export { between, joinRows } from './ops/series.ts'
export type { Series, SeriesByName } from './ops/ops.ts'
export { averagedState, flattenState, initialState, splitState, stateShapes, unflattenState } from './passes/state.ts'
export { backThroughSegments, forwardThrough, type ChunkPasses, type WindowPass } from './passes/segments.ts'
export { explainRows, type Explained, type Explanation } from './passes/explain.ts'
export { predictRows, type Prediction } from './passes/predict.ts'
export { saturation } from './observe/saturation.ts'
export { spectralRadii } from './observe/spectral_radii.ts'
export { initialStates } from './network/initial_state.ts'
export { cutStates, joinShards, ofEachShard, shardBatches } from './passes/shards.ts'
export { differentiate, finishGradients, type WindowGradients } from './passes/differentiate.ts'
export { finishStep, trainStep, type StepReportTensors, type StepState } from './passes/step.ts'
export { timestepClip } from './passes/totals.ts'
export { mapTensors, named, prefixed, under, type Tensors } from './ops/tensors.ts'
export { truncationBias } from './observe/truncation_bias.ts'
export { unroll, unrollOutputs, unrollStates, type RowConditions, type Unrolled } from './passes/unroll.ts'
