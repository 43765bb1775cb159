export { describeKey, keyPrefix, type ApiKeys, type StoredKey } from './access/api_keys.ts'
export { type Audited } from './access/audit.ts'
export { type OwnedKind } from './access/owners.ts'
export { type Quota, type Quotas, type Share } from './access/quotas.ts'
export { type OwnerLimits } from './access/owner_limits.ts'
export { type Checkpoints } from './checkpoints/checkpoints.ts'
export {
  type Claim,
  type Claimed,
  type JobError,
  type JobResult,
  type MoveDetail,
  type Progress,
  type Wanted,
} from './jobs/claims.ts'
export { type Consumer, type Draining } from './queue/consumer.ts'
export { type TakenNeeds } from './queue/take.ts'
export { type NewEvaluation } from './inference/evaluations.ts'
export { type Recorded, type RequestRecord } from './inference/recorded.ts'
export { type NewReplay } from './inference/replays.ts'
export { type AnswerPart, type PredictionBody, type TakenPrediction } from './inference/predictions.ts'
export { type Answering } from './inference/requests.ts'
export { available } from './redis/database.ts'
export { type Datasets } from './datasets.ts'
export { type Queues, type RequestData } from './redis/context.ts'
export { type Ended } from './jobs/ended.ts'
export { type AttemptEvent, type Events } from './jobs/events.ts'
export { type Findings } from './jobs/findings.ts'
export { type TakenNotification } from './notifications/notifications.ts'
export { addressFault, shownAddress } from './redis/address.ts'
export { type Archived, type Waiting } from './metrics/archive.ts'
export {
  countRows,
  blockEnd,
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
export { endOfFrame, readHead, readSegmentName } from './metrics/frames.ts'
export { type ForkedRun } from './jobs/forks.ts'
export { type Idempotency } from './jobs/idempotency.ts'
export { type CreateOptions } from './jobs/jobs.ts'
export {
  LAST_STEP,
  START,
  isBehind,
  readFrame,
  type RowQuery,
  type Timeline,
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
export { type Queue } from './queue/queue.ts'
export { type Member } from './fleet/members.ts'
export {
  type EncodedAnswer,
  type LoggedCommand,
  type SessionAnswer,
  type SessionCommand,
  type ToldCommand,
} from './sessions/commands.ts'
export { type HeldSession, type Leases } from './sessions/leases.ts'
export { type SessionCheckpoint, type SessionRecord } from './sessions/records.ts'
export { openStore, type Store } from './store.ts'
export {
  type NewSweep,
  type SweepPlace,
  type StoredRun,
  type StoredSweep,
  type Sweeps,
  type Trial,
} from './sweeps/sweeps.ts'
export { deriveTiming } from './redis/timing.ts'
export { type Usage } from './fleet/usage.ts'
export { type Workers } from './fleet/workers.ts'
