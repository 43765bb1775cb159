import { Type, type Static } from 'typebox'
import { EVENT_CODES } from '../lifecycle/events.ts'
import { time } from './nullable.ts'

/** One entry of a job's log. `seq` counts from 1 without a gap. */
export const JobEvent = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('event'),
    seq: Type.Integer(),
    created_at: time('Time of the event.'),
    level: Type.Enum(['info', 'warn', 'error'], { type: 'string' }),
    code: Type.Enum(EVENT_CODES, { type: 'string' }),
    message: Type.String(),
    data: Type.Record(Type.String(), Type.Unknown()),
  },
  { title: 'Event' },
)
export type JobEvent = Static<typeof JobEvent>
