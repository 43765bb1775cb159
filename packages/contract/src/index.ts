export { UPDATES_TEXT, checkManifest, type CheckpointManifest } from './checkpoint_manifest.ts'
export {
  ACCELERATORS,
  ACCELERATOR_CLASSES,
  acceleratorsFor,
  classesFor,
  type Accelerator,
  type AcceleratorClass,
} from './job/sections/accelerators.ts'
export { isRecord } from './schema/record.ts'
export { ERRORS, UnrollError, unless, type ErrorCode } from './errors.ts'
export { ID_PREFIXES, MODEL_NAME, MODEL_VERSION, idPattern, newId } from './ids.ts'
export { type CheckpointPolicy } from './job/sections/checkpoint.ts'
export { type Clipping, type ClippingPolicy } from './job/sections/clipping.ts'
export { Data, usesDataset, type DatasetReference } from './job/sections/data.ts'
export { type CellEquations, type CellForm } from './job/sections/cell_equations.ts'
export {
  SHARED_DECADES,
  SPECIALS,
  cssColour,
  specialKind,
  viridis,
  type Rgb,
  type SpecialKind,
} from './flow_colours.ts'
export {
  CELLS,
  hasMemoryCell,
  hasZoneout,
  isBounded,
  isGated,
  listStates,
  listZoneout,
  stateSize,
  type LayerState,
  type CellFacts,
  type GateRole,
} from './job/sections/cells.ts'
export { Estimate, estimate } from './job/cost/estimate.ts'
export { findFullLengthStep, isSolved, lengthAt } from './job/curriculum.ts'
export { CHUNK_ROWS, CHUNK_ROWS_OF, chooseSegmentSteps } from './job/cost/recompute.ts'
export { JobSpecSchema, Metadata, type JobSpec } from './job/job_spec.ts'
export {
  countUnits,
  getProjectionSize,
  haveOneSize,
  listHiddenSizes,
  listLayerNames,
  listLayers,
  type Direction,
  type Layer,
} from './job/sections/layers.ts'
export { SIZE_DEFAULTS, type CellName, type Model } from './job/sections/model.ts'
export { type InitFrom } from './job/sections/init_from.ts'
export { type Observe } from './job/sections/observe.ts'
export { MOMENTS, type Optimizer, type OptimizerType, type Schedule } from './job/sections/optimizer.ts'
export { parseJobSpec } from './job/parse.ts'
export { carryFaults, forkFaults } from './job/cost/carry.ts'
export { JobFork, JobPatch, JobRetry, amend } from './job/patch.ts'
export { answeredQuantiles, type RegressionLoss } from './job/sections/loss.ts'
export { explainUnmeasured, unmeasured } from './job/measured.ts'
export { textProblem, type Problem } from './job/problem.ts'
export { findLongestCount, writeCounted } from './job/tasks/counting.ts'
export { EMBEDDED_REBER, followers } from './job/tasks/reber.ts'
export { getTaskFacts, taskProblem, type TaskData, type TaskName } from './job/tasks/tasks.ts'
export { type Solved } from './job/tasks/task.ts'
export {
  TEXT_FIELD,
  modelDecoding,
  countReadableSteps,
  readAsked,
  writtenSymbols,
  type Asked,
  type AskedSequence,
  type AskedSteps,
} from './job/sequences/asked.ts'
export {
  countTraceableSteps,
  readTraced,
  type TracedLayer,
  type TracedPart,
  type AskedTargets,
  type AskedTrace,
  type TracedSequence,
} from './job/sequences/traced.ts'
export {
  DECODING_TEXT,
  decodeDecoding,
  encodeDecoding,
  type DecodedField,
  type DecodedScale,
  type Decoding,
  type SequencesDecoding,
} from './job/sequences/decoding.ts'
export { indicatorWidth, inputWidth, readsSymbols, type SequencesShape } from './job/sequences/fields.ts'
export { compareMeaning, isMeaning, type Meaning, type MeaningDifference } from './job/sequences/meaning.ts'
export { modelFaults, planForModel, type ModelPlan } from './job/sequences/model_plan.ts'
export { chooseLoss, planSequences, type SequencesPlan } from './job/sequences/plan.ts'
export { sequencesProblem } from './job/sequences/posed.ts'
export { foretellingFault, isHeldOut, sequenceFaults, textOptionFaults } from './job/sequences/rules.ts'
export { partNamed, partSizes, type Part } from './job/sequences/split.ts'
export { type Resources } from './job/sections/resources.ts'
export { Labels } from './job/sections/labels.ts'
export { hasLabels, labelsText, parseLabels } from './job/sections/labels_text.ts'
export { lighterJob } from './job/cost/lighter.ts'
export { adaptiveFault, memoryFault, seriesFaults } from './job/rules.ts'
export { datasetFault, heldOutFault } from './job/text_faults.ts'
export { countGpus, countMicroBatches, shardCount, chooseShards } from './job/cost/shards.ts'
export { LONGEST_WORD, MOST_WORDS, TEXT_UNITS, WordSplitter, type TextUnit } from './text_unit.ts'
export { type Training } from './job/sections/training.ts'
export { gradientWindow } from './job/cost/window.ts'
export { EVENTS, NOTIFIED_EVENTS, type EventCode, type NotifiedEvent } from './lifecycle/events.ts'
export { SECRET_REFERENCE, type Notify } from './job/sections/notify.ts'
export { FINDINGS, FINDING_CODES, type FindingCode } from './lifecycle/findings.ts'
export { JOB_STATUSES, MOVES, REASONS, isFinal, isLegalMove, type JobStatus, type Reason } from './lifecycle/states.ts'
export {
  CURSOR_PATTERN,
  EVALUATED,
  EVALUATED_NAMES,
  SERIES,
  SERIES_FAMILIES,
  badness,
  formatCursor,
  fromJsonNumber,
  EPSILON,
  nameSeries,
  parseCursor,
  toJsonNumber,
  type Cursor,
  type EvaluatedName,
  type JsonNumber,
  type LayerFlow,
  type MetricFrame,
  type MetricRow,
  type SeriesName,
} from './metrics.ts'
export { RELEASE, mixes, type Release } from './release.ts'
export { check, compileCheck, type Checked } from './schema/check.ts'
export { type Fault } from './schema/fault.ts'
export { MOST_FAULTS } from './schema/fit.ts'
export { below, overlap, formatPointer, parsePointer, valueAt } from './schema/pointer.ts'
export { cut, shown } from './schema/shown.ts'
export { withChanges } from './sweep/changes.ts'
export { isDrawn, parsePath, type Dimension, type Distribution } from './sweep/space.ts'
export { type Strategy } from './sweep/strategy.ts'
export {
  SEED as SWEEP_SEED,
  SweepSpecSchema,
  parseSweepSpec,
  templateFaults,
  type Objective,
  type SweepSpec,
} from './sweep/sweep_spec.ts'
export { Checkpoint, rateCheckpoint } from './wire/checkpoint.ts'
export {
  CHECKPOINT_FORMATS,
  CHECKPOINT_FORMAT_NAMES,
  explainUnexportable,
  type CheckpointFormat,
} from './wire/checkpoint_formats.ts'
export {
  DATASET_FORMATS,
  FORMAT_NAMES,
  formatOfName,
  type DatasetFormat,
  type FormatNames,
} from './wire/dataset_formats.ts'
export {
  Dataset,
  DatasetCategory,
  DatasetDryRun,
  DatasetField,
  SampleSequence,
  SequenceDataset,
  SequenceLengths,
  SequenceSchema,
  TextDataset,
} from './wire/dataset.ts'
export { TEXT_OPTIONS, UPLOAD_OPTIONS, type UploadOptions } from './wire/dataset_upload.ts'
export { UPLOAD_KEY, Upload } from './wire/upload.ts'
export { ItemisedMatrix, Matrix } from './wire/matrix.ts'
export { Diagnosis, Finding, Probe, RuleOutlook, type RecordedFinding } from './wire/diagnosis.ts'
export { Evaluation, EvaluationReport, EvaluationRequest } from './wire/evaluation.ts'
export {
  OBSERVED_IN_REPLAY,
  Replay,
  ReplayRequest,
  ReplayResult,
  type NonfiniteOrigin,
  type ObservedInReplay,
} from './wire/replay.ts'
export { JobEvent } from './wire/event.ts'
export { Delivery, Notification, type DeliveryAttempt } from './wire/delivery.ts'
export { Garbage } from './wire/garbage.ts'
export { Readiness } from './wire/readiness.ts'
export { Attempt, Job, JobError, JobOutcome } from './wire/job.ts'
export { PAGE_QUERY, pageSchema, type Page } from './wire/list.ts'
export { Flow, FlowBuckets, MetricBuckets, Metrics } from './wire/metrics.ts'
export { MetricsSummary } from './wire/metrics_summary.ts'
export {
  DEFAULT_ALIAS,
  MOST_VERSIONS,
  ModelPatch,
  ModelPredictionRequest,
  ModelRegistration,
  RegisteredModel,
  chooseVersion,
  registeredCheckpoint,
  type ModelVersion,
} from './wire/registered_model.ts'
export { MOST_INPUTS, PredictedAnswer, Prediction, PredictionRequest, SequencePrediction } from './wire/prediction.ts'
export { Initialisation, MOST_WEIGHTS_BYTES, WEIGHTS_FORMATS, Weights, type WeightsFormat } from './wire/weights.ts'
export { readBatch, type BatchShape, type SessionBatch } from './session/batch.ts'
export { sessionDecoding, sessionProblem } from './session/session_problem.ts'
export { SessionSpecSchema, parseSessionSpec, sessionJob, type SessionSpec } from './session/session_spec.ts'
export {
  BATCH_STATES,
  ForwardBackward,
  ForwardBackwardRequest,
  MOST_BATCH_ROWS,
  OptimStep,
  OptimStepRequest,
  MOST_TOLD,
  Session,
  SessionDetail,
  SessionSample,
  SessionSaveRequest,
  type SessionStatus,
  type SessionUpdate,
} from './wire/session.ts'
export { Trace, TraceRequest } from './wire/trace.ts'
export { ProblemDetails } from './wire/problem_details.ts'
export { LINES_TOLD, QueueState } from './wire/queue.ts'
export { STREAM_ID_PATTERN, STREAM_MESSAGES, STREAM_TYPES, type StreamType } from './wire/stream.ts'
export { Sweep, SweepBand, SweepDryRun, SweepRun, SweepSummary, type SweepStatus } from './wire/sweep.ts'
export { TrainingUse, Usage } from './wire/usage.ts'
export { Gpu, Worker, ableSlots, freeSlots, namePlatform } from './wire/worker.ts'
export { ApiKey, AuditRecord, KeyRequest, KeyRotation, NewApiKey } from './wire/key.ts'
export {
  KEYED_LIMITS,
  LIMITS,
  LIMIT_NAMES,
  NO_LIMITS,
  TOTAL_LIMIT_NAMES,
  type LimitName,
  type Limits,
  type TotalLimitName,
} from './limits.ts'
export { LimitUse, LimitUses } from './wire/limit_uses.ts'
export { DEFAULT_OWNER, OWNER_NAME, SCOPES, SCOPE_NAMES, type Scope } from './access.ts'
export { CellChoice, TaskChoice, describeCell, describeTask } from './wire/choice.ts'
export { TaskSampleRequest, TaskSamples, parseTaskSampleRequest } from './wire/task_samples.ts'
