import { Type, type Static } from 'typebox'
import { LIMIT_NAMES } from '../limits.ts'
import { nullable } from './nullable.ts'

/** How much of a limit is used. */
export const LimitUse = Type.Object({
  name: Type.Enum(LIMIT_NAMES, { type: 'string' }),
  of: Type.Enum(['key', 'owner', 'service'], {
    type: 'string',
    description: 'Who shares it: the requests of the key, its owner, or all.',
  }),
  description: Type.String(),
  limit: nullable(Type.Integer({ description: 'Null: there is none.' })),
  used: Type.Integer(),
  window_seconds: nullable(
    Type.Integer({ description: 'Seconds after which it is whole again; null: something must end or be deleted.' }),
  ),
  resets_in_seconds: nullable(Type.Integer({ description: 'Seconds until then.' })),
})
export type LimitUse = Static<typeof LimitUse>

export const LimitUses = Type.Object(
  {
    object: Type.Literal('limits'),
    key: nullable(Type.String({ description: 'Id of the key; null without one.' })),
    owner: Type.String(),
    limits: Type.Array(LimitUse),
  },
  { title: 'Limits' },
)
export type LimitUses = Static<typeof LimitUses>
