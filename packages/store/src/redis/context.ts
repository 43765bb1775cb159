import type { Queue } from 'bullmq'
import type { AcceleratorClass } from '@unroll/contract'
import type { OnError } from './connection.ts'
import type { Control } from '../fleet/control.ts'
import type { Database } from './database.ts'
import type { Disk } from './disk.ts'
import type { Keys } from './keys.ts'
import type { SegmentReader } from '../metrics/segment_reader.ts'
import type { Timing } from './timing.ts'

/** The data of a job in BullMQ: the record is the truth. */
export type DeliveryData = { jobId: string }

/** A BullMQ queue for each accelerator class. */
export type Queues = Readonly<Record<AcceleratorClass, Queue<DeliveryData>>>

/** The kinds of requests that workers answer beside training. */
export type RequestKind = 'evaluations' | 'predictions' | 'replays'

/** What a queue holds of a request. */
export interface RequestData {
  job: string
  id: string
  /** What is asked, where it has no record of its own. */
  body?: unknown
}

/** A BullMQ queue for each kind. */
export type RequestQueues = Readonly<Record<RequestKind, Queue<RequestData>>>

/** The services that every part of the store uses. */
export interface Context {
  readonly url: string
  readonly db: Database
  readonly keys: Keys
  readonly queues: Queues
  readonly requests: RequestQueues
  readonly control: Control
  /** Undefined if callers do not wait for the disk. */
  readonly disk: Disk | undefined
  /** Undefined if the process does not read archived metrics. */
  readonly segments: SegmentReader | undefined
  /**
   * The time that scripts receive, in milliseconds since 1970: with '' they ask the server, whose clock all processes
   * share.
   */
  readonly clock: () => number | ''
  /** Milliseconds since 1970 by the same clock. */
  readonly now: () => Promise<number>
  readonly timing: Timing
  readonly onError: OnError
}
