import { Type, type Static } from 'typebox'
import { NOTIFIED_EVENTS } from '../../lifecycle/events.ts'
import { SECRET } from '../../schema/fault.ts'

/** Receivers of a job. */
const MOST_RECEIVERS = 4

/** A signing secret in the form of Standard Webhooks: 24 to 64 bytes in base64. */
const SIGNING_SECRET = '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$'
/** What stands for a secret in every answer. */
export const SECRET_REFERENCE = '^secret_[0-9a-f]{32}$'

/** Receivers of events by HTTP. */
export const Notify = Type.Array(
  Type.Object(
    {
      url: Type.String({
        pattern: '^https?://',
        maxLength: 1024,
        description:
          'The address that receives a POST for each event. Specifications show it: it is no place for a secret.',
      }),
      on: Type.Array(Type.Enum(NOTIFIED_EVENTS, { type: 'string' }), {
        minItems: 1,
        maxItems: NOTIFIED_EVENTS.length,
        default: ['job_succeeded', 'job_failed', 'job_cancelled'],
        description: 'The events, by their `code`.',
      }),
      secret: Type.String({
        pattern: `${SIGNING_SECRET}|${SECRET_REFERENCE}`,
        format: SECRET,
        description:
          'The key of the signatures: `whsec_` and 24 to 64 random bytes in base64. Answers have a reference, `secret_…`, in its place, which the owner may send again.',
      }),
    },
    { additionalProperties: false },
  ),
  {
    maxItems: MOST_RECEIVERS,
    default: [],
    description: 'Receivers of the events of the job by signed HTTP requests (docs/webhooks.md).',
  },
)
export type Notify = Static<typeof Notify>
