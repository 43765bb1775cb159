export { type Checkpoints } from './checkpoints/checkpoints.ts'
export {
  type Claim,
  type Claims,
  type JobError,
  type JobResult,
  type MoveDetail,
  type Progress,
  type Wanted,
} from './jobs/claims.ts'
export { type OnError } from './redis/connection.ts'
export { type ConsumeOptions, type Consumer, type Draining, type Handler, type StopReason } from './queue/consumer.ts'
export { type TakenNeeds } from './queue/take.ts'
export { type Control } from './fleet/control.ts'
export { available } from './redis/database.ts'
export { type Datasets } from './datasets.ts'
export { type Queues } from './redis/context.ts'
export { type Ended, type EndedJob, type EndedList, type Expiry } from './jobs/ended.ts'
export { type AttemptEvent, type Events } from './jobs/events.ts'
export { type Findings } from './jobs/findings.ts'
export { addressFault, shownAddress } from './redis/address.ts'
export { type ArchiveAnswer, type Archived, type Waiting } from './metrics/archive.ts'
export {
  countRows,
  endOf,
  firstBehind,
  hasValue,
  lowerBound,
  sliceRows,
  type BlockOf,
  type Column,
  type FlowBlock,
  type RowKind,
  type ScalarBlock,
} from './metrics/block.ts'
export { endOfFrame, readHead, readSegmentName, type FrameHead } from './metrics/frames.ts'
export { type Health } from './fleet/health.ts'
export { type Idempotency } from './jobs/idempotency.ts'
export { type CreateOptions, type JobListOptions, type JobRecords } from './jobs/jobs.ts'
export { type Lifecycle } from './jobs/lifecycle.ts'
export {
  LAST_STEP,
  START,
  isBehind,
  readFrame,
  type RowQuery,
  type Timeline,
  type TimelineOptions,
  type PyramidReference,
} from './metrics/timeline.ts'
export { type SegmentReader } from './metrics/segment_reader.ts'
export {
  WAITING_BYTES,
  type AppendAnswer,
  type AppendOptions,
  type Metrics,
  type MetricsHead,
  type MetricsPage,
  type ReadOptions,
} from './metrics/metrics.ts'
export { type ListOptions } from './jobs/paging.ts'
export { type Queue } from './queue/queue.ts'
export { type Reconciled } from './maintenance/reconcile.ts'
export { ReleaseMismatchError, type Joining, type Member, type Members } from './fleet/members.ts'
export { openStore, type Store, type StoreOptions } from './store.ts'
export {
  type NewSweep,
  type SweepPlace,
  type StoredRun,
  type StoredSweep,
  type Sweeps,
  type Trial,
} from './sweeps/sweeps.ts'
export { TIMING, deriveTiming, type Timing } from './redis/timing.ts'
export { type RedisUsage, type TrainingUsage, type Usage } from './fleet/usage.ts'
export { type Watch } from './maintenance/watch.ts'
export { type Workers } from './fleet/workers.ts'
