export { UnrollClient } from './client.ts'
export {
  type Datasets,
  type UploadData,
  type UploadInParts,
  type UploadProgress,
  type UploadQuery,
} from './datasets.ts'
export { formatDuration } from './http/duration.ts'
export { queueWords, timeWords } from './http/expectation.ts'
export { type FollowOptions } from './stream/follow.ts'
export { type JobRequest, type TaskRequest } from './job_request.ts'
export { type DryRun, type Jobs } from './jobs.ts'
export {
  type Checkpoint,
  type Diagnosis,
  type Evaluation,
  type EvaluationReport,
  type Finding,
  type FlowNorms,
  type FlowPage,
  type FlowTile,
  type Job,
  type Measured,
  type MetricsBuckets,
  type MetricsPage,
  type PredictedAnswer,
  type Prediction,
  type MatrixOfLayers,
  type ProbeFlow,
  type Replay,
  type RunSummary,
  type SequencePrediction,
  type Sweep,
  type SweepRun,
  type SweepSummary,
  type Trace,
} from './numbers.ts'
export { UnrollProblem, type ProblemCode } from './http/problem.ts'
export { decodeTable, type Column, type NumberColumns, type RowTable } from './arrow/table.ts'
export {
  type FlowQuery,
  type FlowTileQuery,
  type JobQuery,
  type MetricsQuery,
  type OverviewQuery,
  type PageQuery,
  type ProbeQuery,
  type RowQuery,
} from './queries.ts'
export { originWords } from './replay_words.ts'
export { differences } from './specification_differences.ts'
export { computedByWords, outcomeWords, statusWords } from './outcome.ts'
export { type StreamMessage, type StreamOptions } from './stream/stream.ts'
export { type Keys } from './keys.ts'
export { type ModelRequest, type Models } from './models.ts'
export {
  type AnswerPiece,
  type AskedModel,
  type PredictionQuery,
  type Predictions,
  type TraceQuery,
} from './predictions.ts'
export {
  type BatchRequest,
  type ForwardBackward,
  type OptimStep,
  type SessionRequest,
  type SessionSample,
  type Sessions,
} from './sessions.ts'
export { type SweepRequest, type Sweeps } from './sweeps.ts'
export { type Weights } from './weights.ts'
export { SignatureError, verifySignature, type NotificationHeaders } from './verify_signature.ts'
export { type Abortable, type TransportOptions } from './http/transport.ts'

export {
  ACCELERATOR_CLASSES,
  CELLS,
  CHECKPOINT_FORMATS,
  CHECKPOINT_FORMAT_NAMES,
  DATASET_FORMATS,
  ERRORS,
  EVALUATED_NAMES,
  FORMAT_NAMES,
  JOB_STATUSES,
  JobSpecSchema,
  SCOPE_NAMES,
  SERIES,
  SHARED_DECADES,
  SPECIALS,
  below,
  cssColour,
  formatOfName,
  isFinal,
  labelsText,
  planSequences,
  sequencesProblem,
  taskProblem,
  textProblem,
  parsePointer,
  specialKind,
  viridis,
  DEFAULT_ALIAS,
  RELEASE,
  usesDataset,
  gradientWindow,
  hasMemoryCell,
  listHiddenSizes,
  listLayerNames,
  type AcceleratorClass,
  type CellChoice,
  type CellName,
  type CheckpointFormat,
  type Dataset,
  type DatasetDryRun,
  type DatasetField,
  type DatasetFormat,
  type DatasetReference,
  type ErrorCode,
  type Fault,
  type Delivery,
  type Notification,
  type Estimate,
  type EvaluatedName,
  type Garbage,
  type JobEvent,
  type JobPatch,
  type JobSpec,
  type JobStatus,
  type Page,
  type Problem,
  type ProblemDetails,
  type QueueState,
  type Readiness,
  type Reason,
  type Rgb,
  type SpecialKind,
  type RegisteredModel,
  type RuleOutlook,
  type SampleSequence,
  type SequenceDataset,
  type SequencesPlan,
  type SeriesName,
  type Session,
  type SweepDryRun,
  type TaskChoice,
  type TaskSamples,
  type Upload,
  type UploadOptions,
  type StreamType,
  type Usage,
  type Worker,
  type ApiKey,
  type LimitUses,
  type AuditRecord,
  type NewApiKey,
  type Scope,
} from '@unroll/contract'
