import { Type, type Static } from 'typebox'
import { ACCELERATORS } from '../job/accelerators.ts'
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
    accelerator: Type.Enum([...ACCELERATORS], {
      type: 'string',
      description: 'It takes jobs that ask for this, or for any.',
    }),
    memory_bytes: Type.Integer({ description: 'Memory that the process may use.' }),
    slots: Type.Array(Type.Object({ job: nullable(Type.String()) })),
    status: Type.Enum(['online', 'draining', 'lost'], {
      type: 'string',
      description: 'Draining: takes no more jobs. Lost: was silent for too long.',
    }),
    started_at: time('When the process started.'),
    last_seen_at: time('The newest heartbeat.'),
    versions: Type.Record(Type.String(), Type.String()),
  },
  { title: 'Worker' },
)
export type Worker = Static<typeof Worker>
