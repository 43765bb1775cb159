import { Type, type Static } from 'typebox'
import { ACCELERATORS } from '../job/accelerators.ts'
import { nullable, time } from './nullable.ts'

/** A GPU of a worker's machine, or a MIG instance of one, as `nvidia-smi` reports it. */
export const Gpu = Type.Object(
  {
    uuid: Type.String({ description: 'As CUDA_VISIBLE_DEVICES takes it.' }),
    name: Type.String(),
    driver: Type.String({ description: 'Version of the driver.' }),
    memory_bytes: nullable(Type.Integer({ description: 'Memory in all; null where it is that of the machine.' })),
    memory_used_bytes: nullable(Type.Integer({ description: 'Memory in use, whoever uses it.' })),
    utilization: nullable(Type.Number({ description: 'Share of the time in which it computed, from 0 to 1.' })),
    temperature_celsius: nullable(Type.Number()),
    compute_capability: Type.Optional(
      nullable(Type.String({ description: 'Such as "8.0", from which on there is TF32; null where it is not told.' })),
    ),
    fault: nullable(
      Type.String({ description: 'Why it cannot be trained on, such as "GPU is lost"; its slots then take no jobs.' }),
    ),
  },
  { title: 'Gpu' },
)
export type Gpu = Static<typeof Gpu>

const Slot = Type.Object({
  job: nullable(Type.String()),
  memory_bytes: Type.Optional(
    Type.Integer({
      description:
        'The memory that a job may be estimated to need there once it is free: what the jobs beside it leave. Older workers do not say.',
    }),
  ),
  gpu: Type.Optional(Type.String({ description: 'uuid of the GPU that its jobs train on; absent without one.' })),
})

/** A worker process and the jobs of its slots. */
export const Worker = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('worker'),
    host: Type.String(),
    pid: Type.Integer(),
    engine: Type.String({ description: 'Engine that trains, such as "tfjs".' }),
    device: Type.String({ description: 'What the engine runs on, such as "wasm".' }),
    engine_reason: Type.String({ description: 'Why this engine trains, and why none that is faster.' }),
    engine_fallback: Type.Boolean({
      description: 'Whether a faster engine or a GPU was to be had there and does not start: see engine_reason.',
    }),
    vector_lanes: nullable(
      Type.Integer({ description: 'Numbers in a vector of the kernels on the CPU; null where they are not our own.' }),
    ),
    accelerator: Type.Enum([...ACCELERATORS], {
      type: 'string',
      description: 'It takes jobs that ask for this, or for any.',
    }),
    labels: Type.Record(Type.String(), Type.String(), {
      description: 'Its labels, by UNROLL_LABELS. A job that asks for labels is taken by a worker that has them all.',
    }),
    memory_bytes: Type.Integer({
      description: 'The memory that a job may be estimated to need: of its largest GPU, or without one of its process.',
    }),
    gpus: Type.Array(Gpu, { description: 'GPUs that it may use.' }),
    slots: Type.Array(Slot),
    preemption_after_seconds: Type.Optional(
      Type.Integer({
        description:
          'How long a job trains there before one of a lower priority number may have its slot; absent where jobs keep their slots.',
      }),
    ),
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

/** Slots that can train: all except those with a lost GPU. */
export function ableSlots({ slots, gpus }: Pick<Worker, 'slots' | 'gpus'>): Worker['slots'] {
  const faulty = new Set(gpus.filter(({ fault }) => fault !== null).map(({ uuid }) => uuid))
  return slots.filter(({ gpu }) => gpu === undefined || !faulty.has(gpu))
}

/** Slots that may take a job: those that can train and have no job. */
export function freeSlots(worker: Pick<Worker, 'slots' | 'gpus'>): Worker['slots'] {
  return ableSlots(worker).filter(({ job }) => job === null)
}

/** The platform of a worker, such as `tensorflow cpu`: measured step times hold for workers with the same platform. */
export function namePlatform({ engine, device }: Pick<Worker, 'engine' | 'device'>): string {
  return `${engine} ${device}`
}
