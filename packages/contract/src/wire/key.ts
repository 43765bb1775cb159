import { Type, type Static, type TInteger, type TOptional } from 'typebox'
import { DEFAULT_OWNER, OWNER_NAME, SCOPES, SCOPE_NAMES } from '../access.ts'
import { LIMITS, LIMIT_NAMES, type LimitName } from '../limits.ts'
import { idPattern } from '../ids.ts'
import { nullable, time } from './nullable.ts'

const DAYS_MOST = 3_650

const Owner = Type.String({
  pattern: OWNER_NAME,
  default: DEFAULT_OWNER,
  description:
    'The project or person to whom belongs what the key makes; keys of one owner share it. Up to 64 of a-z, 0-9, ".", "_" and "-".',
})

const Scopes = Type.Array(Type.Enum(SCOPE_NAMES, { type: 'string' }), {
  default: ['read', 'submit'],
  minItems: 1,
  uniqueItems: true,
  description: `What the key may do. ${SCOPE_NAMES.map((name) => `\`${name}\`: ${SCOPES[name]}`).join('; ')}.`,
})

const KeyLimits = Type.Object(
  Object.fromEntries(
    LIMIT_NAMES.map((name) => [
      name,
      Type.Optional(
        Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: LIMITS[name].description }),
      ),
    ]),
  ) as unknown as Record<LimitName, TOptional<TInteger>>,
  { additionalProperties: false, description: 'Limits in place of those of the service, by name.' },
)

/** A key to make. */
export const KeyRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128, description: 'What the key is for, such as "notebook of Ada".' }),
    owner: Owner,
    scopes: Scopes,
    limits: Type.Optional(KeyLimits),
    expires_in_days: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: DAYS_MOST, description: 'Days until it expires; never by default.' }),
    ),
  },
  { additionalProperties: false, title: 'KeyRequest' },
)
export type KeyRequest = Static<typeof KeyRequest>

/** The replacement of a key by another. */
export const KeyRotation = Type.Object(
  {
    overlap_seconds: Type.Integer({
      default: 86_400,
      minimum: 0,
      maximum: 30 * 86_400,
      description: 'Seconds for which the old key still works.',
    }),
  },
  { additionalProperties: false, default: {}, title: 'KeyRotation' },
)
export type KeyRotation = Static<typeof KeyRotation>

/** A key without its secret, which the service does not keep. */
export const ApiKey = Type.Object(
  {
    id: Type.String({ pattern: idPattern('key') }),
    object: Type.Literal('key'),
    name: Type.String(),
    owner: Type.String(),
    scopes: Type.Array(Type.Enum(SCOPE_NAMES, { type: 'string' })),
    limits: KeyLimits,
    prefix: Type.String({ description: 'How the key begins, to tell it from others.' }),
    created_at: time('When it was made.'),
    expires_at: nullable(time('When it stops working; null: never.')),
    revoked_at: nullable(time('When it was revoked.')),
    last_used_at: nullable(time('When it was last used, to a minute.')),
  },
  { title: 'ApiKey' },
)
export type ApiKey = Static<typeof ApiKey>

/** A key that was made just now. */
export const NewApiKey = Type.Object(
  { ...ApiKey.properties, key: Type.String({ description: 'The key itself, which is shown this once.' }) },
  { title: 'NewApiKey' },
)
export type NewApiKey = Static<typeof NewApiKey>

/** Who changed what. */
export const AuditRecord = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('audit_record'),
    at: time('When it was answered.'),
    key: nullable(Type.String({ description: 'Id of the key, or of the holder of a token; null without either.' })),
    token_subject: nullable(
      Type.String({ description: 'Subject of the token, as its issuer has it; null without one.' }),
    ),
    owner: Type.String({ description: 'Owner of the key.' }),
    address: Type.String({ description: 'Address from which the request came.' }),
    method: Type.String(),
    route: Type.String({ description: 'The route, such as `/v1/jobs/:id`.' }),
    subject: nullable(Type.String({ description: 'The id or name in the path.' })),
    status: Type.Integer({ description: 'HTTP status of the answer.' }),
    request_id: Type.String(),
  },
  { title: 'AuditRecord' },
)
export type AuditRecord = Static<typeof AuditRecord>
