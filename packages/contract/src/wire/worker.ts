import { Type, type Static } from 'typebox'
import { ACCELERATORS } from '../job/sections/accelerators.ts'
import { nullable, time } from './nullable.ts'

/** A GPU of a worker's machine, or a MIG instance of one, as `nvidia-smi` reports it. */
export const Gpu = Type.Object(
  {
    uuid: Type.String({ description: 'In the notation of CUDA_VISIBLE_DEVICES.' }),
    name: Type.String(),
    driver: Type.String({ description: 'Version of the driver.' }),
    memory_bytes: nullable(Type.Integer({ description: 'Total memory; null if it is that of the machine.' })),
    memory_used_bytes: nullable(Type.Integer({ description: 'Memory in use by any process.' })),
    utilization: nullable(Type.Number({ description: 'Share of the time in which it computes, from 0 to 1.' })),
    temperature_celsius: nullable(Type.Number()),
    compute_capability: Type.Optional(
      nullable(Type.String({ description: 'Such as "8.0", from which on TF32 exists; null if unknown.' })),
    ),
    fault: nullable(
      Type.String({
        description: 'The reason why jobs cannot train on it, such as "GPU is lost"; its slots then take no jobs.',
      }),
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
        'Largest estimated memory of a job there once it is free: the memory that other jobs leave. Absent for older workers.',
    }),
  ),
  gpu: Type.Optional(Type.String({ description: 'uuid of the GPU of its jobs; absent without one.' })),
})

/** A worker process and the jobs of its slots. */
export const Worker = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('worker'),
    host: Type.String(),
    pid: Type.Integer(),
    engine: Type.String({ description: 'Engine that trains, such as "tfjs".' }),
    device: Type.String({ description: 'The device of the engine, such as "wasm".' }),
    engine_reason: Type.String({ description: 'The reason for this engine, and why no faster one trains.' }),
    engine_fallback: Type.Boolean({
      description: 'Whether an installed faster engine or a GPU does not start: see engine_reason.',
    }),
    vector_lanes: nullable(
      Type.Integer({ description: 'Numbers in a vector of our kernels on the CPU; null for other kernels.' }),
    ),
    accelerator: Type.Enum([...ACCELERATORS], {
      type: 'string',
      description: 'It takes jobs that ask for this accelerator, or for any.',
    }),
    labels: Type.Record(Type.String(), Type.String(), {
      description: 'Its labels from UNROLL_LABELS. A worker takes a job only if it has all labels of the job.',
    }),
    memory_bytes: Type.Integer({
      description: 'Largest estimated memory of a job: that of its largest GPU, or without one that of its process.',
    }),
    gpus: Type.Array(Gpu, { description: 'Its usable GPUs.' }),
    slots: Type.Array(Slot),
    preemption_after_seconds: Type.Optional(
      Type.Integer({
        description:
          'Time after which a job with a lower priority number may preempt a job there; absent if jobs keep their slots.',
      }),
    ),
    status: Type.Enum(['online', 'draining', 'lost'], {
      type: 'string',
      description: 'Draining: takes no more jobs. Lost: silent for too long.',
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
