import { Type, type Static } from 'typebox'
import { nullable } from './nullable.ts'

/** A service that can accept jobs. */
export const Readiness = Type.Object(
  {
    status: Type.Literal('ready'),
    redis: Type.Object({
      server: nullable(Type.String({ description: 'Name and version of the server.' })),
      ping_ms: nullable(Type.Number({ description: 'Milliseconds to its answer.' })),
    }),
    warnings: Type.Array(Type.String(), { description: 'Settings under which jobs may be lost.' }),
  },
  { title: 'Readiness' },
)
export type Readiness = Static<typeof Readiness>
