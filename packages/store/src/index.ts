export { type Checkpoints } from './checkpoints.ts'
export {
  type Claim,
  type Claims,
  type JobError,
  type JobResult,
  type MoveDetail,
  type Progress,
  type Wanted,
} from './claims.ts'
export { type OnError } from './connection.ts'
export { type ConsumeOptions, type Consumer, type Draining, type Handler, type StopReason } from './consumer.ts'
export { type TakenNeeds } from './take.ts'
export { type Control } from './control.ts'
export { available } from './database.ts'
export { type Datasets } from './datasets.ts'
export { type Queues } from './deliveries.ts'
export { type Ended, type EndedJob, type EndedList, type Expiry } from './ended.ts'
export { type AttemptEvent, type Events } from './events.ts'
export { type Findings } from './findings.ts'
export { addressFault, shownAddress } from './address.ts'
export { type ArchiveAnswer, type Archived, type Waiting } from './archive.ts'
export {
  decodeFlow,
  decodeScalars,
  endOfFrame,
  headOf,
  segmentOf,
  type FlowRow,
  type FrameHead,
  type Placed,
} from './frames.ts'
export { type Health } from './health.ts'
export { type Idempotency } from './idempotency.ts'
export { type CreateOptions, type JobListOptions, type JobRecords } from './jobs.ts'
export { type Lifecycle } from './lifecycle.ts'
export {
  LAST_STEP,
  START,
  isBehind,
  rowsOfFrame,
  type Line,
  type LineOptions,
  type PyramidReference,
  type RowKind,
  type RowOf,
  type SegmentReader,
  type Wanted as WantedRows,
} from './metric_line.ts'
export {
  WAITING_BYTES,
  type AppendAnswer,
  type AppendOptions,
  type Metrics,
  type MetricsHead,
  type MetricsPage,
  type ReadOptions,
} from './metrics.ts'
export { type ListOptions } from './paging.ts'
export { type Queue } from './queue.ts'
export { type Reconciled } from './reconcile.ts'
export { ReleaseMismatchError, type Joining, type Member, type Members } from './members.ts'
export { openStore, type Store, type StoreOptions } from './store.ts'
export { type NewSweep, type SweepPlace, type StoredRun, type StoredSweep, type Sweeps, type Trial } from './sweeps.ts'
export { TIMING, timingOf, type Timing } from './timing.ts'
export { type RedisUsage, type TrainingUsage, type Usage } from './usage.ts'
export { type Watch } from './watch.ts'
export { type Workers } from './workers.ts'
