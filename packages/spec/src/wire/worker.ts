import { Type, type Static } from 'typebox'
import { nullable, time } from './nullable.ts'

/** A worker process and what its slots are doing. */
export const Worker = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('worker'),
    host: Type.String(),
    pid: Type.Integer(),
    engine: Type.String({ description: 'Engine that trains, such as "tfjs".' }),
    device: Type.String({ description: 'What the engine runs on, such as "wasm".' }),
    accelerator: Type.Enum(['cpu', 'gpu'], { type: 'string' }),
    slots: Type.Array(Type.Object({ job: nullable(Type.String()) })),
    status: Type.Enum(['online', 'draining', 'lost'], { type: 'string' }),
    started_at: time('When the process started.'),
    last_seen_at: time('The newest heartbeat.'),
    versions: Type.Record(Type.String(), Type.String()),
  },
  { title: 'Worker' },
)
export type Worker = Static<typeof Worker>
