import type { Queue } from 'bullmq'
import type { AcceleratorClass } from '@unroll/contract'
import type { OnError } from './connection.ts'
import type { Control } from '../fleet/control.ts'
import type { Database } from './database.ts'
import type { Disk } from './disk.ts'
import type { Keys } from './keys.ts'
import type { SegmentReader } from '../metrics/segment_reader.ts'
import type { Timing } from './timing.ts'

/** What BullMQ holds of a job: the record is the truth. */
export type DeliveryData = { jobId: string }

/** A queue of BullMQ for each class of accelerator that jobs ask for. */
export type Queues = Readonly<Record<AcceleratorClass, Queue<DeliveryData>>>

/** What every part of the store works with. */
export interface Context {
  readonly url: string
  readonly db: Database
  readonly keys: Keys
  readonly queues: Queues
  readonly control: Control
  /** Undefined where callers do not want to wait for the disk. */
  readonly disk: Disk | undefined
  /** Undefined where nobody reads metrics that have left Redis. */
  readonly segments: SegmentReader | undefined
  /** What scripts are told of the time, in milliseconds since 1970: '' has them ask the server, whose clock is everyone's. */
  readonly clock: () => number | ''
  /** Milliseconds since 1970 by the same clock. */
  readonly now: () => Promise<number>
  readonly timing: Timing
  readonly onError: OnError
}
