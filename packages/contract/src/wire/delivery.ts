import { Type, type Static } from 'typebox'
import { NOTIFIED_EVENTS } from '../lifecycle/events.ts'
import { FINDING_CODES } from '../lifecycle/findings.ts'
import { JOB_STATUSES, REASON_NAMES } from '../lifecycle/states.ts'
import { nullable, time } from './nullable.ts'

const ID = Type.String({ description: 'The id of the delivery, equal in each attempt: also the header `webhook-id`.' })

const EVENT = {
  event: Type.Enum(NOTIFIED_EVENTS, { type: 'string', description: 'The `code` of the event.' }),
  job: Type.String({ description: 'The id of the job.' }),
  status: Type.Enum(JOB_STATUSES, { type: 'string', description: 'The state of the job after the event.' }),
  status_reason: nullable(Type.Enum(REASON_NAMES, { type: 'string' })),
  finding: nullable(Type.Enum(FINDING_CODES, { type: 'string', description: 'The finding of a diagnosis.' })),
  created_at: time('Time of the event.'),
}

/** The body that a receiver gets. */
export const Notification = Type.Object(
  { id: ID, object: Type.Literal('notification'), ...EVENT },
  { title: 'Notification' },
)
export type Notification = Static<typeof Notification>

/** `waiting` until it is delivered, or given up after its last attempt. */
export const DELIVERY_STATUSES = ['waiting', 'delivered', 'failed'] as const

export const DeliveryAttempt = Type.Object({
  at: time('Start of the attempt.'),
  answer: nullable(Type.Integer({ description: 'The HTTP status of the answer; null without one.' })),
  error: nullable(Type.String({ description: 'The reason of a failure.' })),
})
export type DeliveryAttempt = Static<typeof DeliveryAttempt>

/** An event for a receiver of a job. */
export const Delivery = Type.Object(
  {
    id: ID,
    object: Type.Literal('delivery'),
    ...EVENT,
    receiver: Type.Integer({ description: 'The place of the receiver in `notify` of the job, from 0.' }),
    delivery_status: Type.Enum(DELIVERY_STATUSES, { type: 'string' }),
    attempts: Type.Array(DeliveryAttempt),
    next_attempt_at: nullable(time('Earliest time of the next attempt; null if there is none.')),
  },
  { title: 'Delivery' },
)
export type Delivery = Static<typeof Delivery>
