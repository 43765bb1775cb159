import { Type, type Static } from 'typebox'
import { integer, linePattern, orNull } from '../schema/fields.ts'
import type { Discriminated } from '../schema/variant.ts'
import { Bptt } from './sections/bptt.ts'
import { CheckpointPolicy } from './sections/checkpoint.ts'
import { Clipping } from './sections/clipping.ts'
import { Data } from './sections/data.ts'
import { InitFrom } from './sections/init_from.ts'
import { Model } from './sections/model.ts'
import { Notify } from './sections/notify.ts'
import { Observe } from './sections/observe.ts'
import { ActOn, OnFinding } from './sections/on_finding.ts'
import { Optimizer } from './sections/optimizer.ts'
import { Regularise } from './sections/regularise.ts'
import { Resources } from './sections/resources.ts'
import { Training } from './sections/training.ts'

/** Of a pair of metadata. */
export const METADATA_NAME: string = linePattern(64)

/** Free pairs of text kept with a job: at most 16, keys to 64 and values to 512 characters. */
export const Metadata = Type.Record(Type.String({ pattern: METADATA_NAME }), Type.String({ maxLength: 512 }), {
  maxProperties: 16,
  default: {},
  description: 'Up to 16 pairs of text stored with the job; keys of at most 64 characters, values of at most 512.',
})

/** A training job as posted. Everything but `model.cell` and `data` has a default. */
export const JobSpecSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'A name for users; the id by default.' }),
    ),
    model: Model,
    data: Data,
    sequence_length: integer('T, time steps of a sequence (for text: of a window).', {
      default: 100,
      minimum: 1,
      maximum: 100_000,
    }),
    bptt: Bptt,
    clipping: Clipping,
    optimizer: Optimizer,
    training: Training,
    regularise: Type.Optional(Regularise), // absent from older records
    init_from: Type.Optional(InitFrom), // absent from older records
    observe: Observe,
    checkpoint: CheckpointPolicy,
    resources: Resources,
    priority: integer('Workers take jobs with a lower number first.', { default: 100, minimum: 1, maximum: 1_000_000 }),
    deadline_seconds: orNull(
      integer('Seconds after creation at which a job that has not ended fails.', { minimum: 1, maximum: 31_536_000 }),
    ),
    max_restarts: integer('Maximal number of restarts after a lost worker or a crashed engine.', {
      default: 5,
      minimum: 0,
      maximum: 1000,
    }),
    max_preemptions: integer(
      'Maximal number of preemptions by jobs with a lower priority number, on workers with preemption; the job is saved and queued again. 0: never.',
      { default: 5, minimum: 0, maximum: 1000 },
    ),
    notify: Notify,
    on_finding: Type.Optional(OnFinding), // both absent from older records
    act_on: Type.Optional(ActOn),
    metadata: Metadata,
  },
  { additionalProperties: false, title: 'JobSpec', description: 'A training job.' },
)

/** Parts of a specification that come in variants, as they begin where something in them is set and nothing else is: `optimizer` as `{ type: 'adam' }`. */
export const VARIANT_PARTS: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries<object>(JobSpecSchema.properties).flatMap(([name, schema]) => {
    const { default: whole, discriminator } = schema as Partial<Discriminated> & { default?: Record<string, unknown> }
    if (discriminator === undefined || whole === undefined) return []
    const { propertyName } = discriminator
    return [[name, { [propertyName]: whole[propertyName] }]]
  }),
)

type Filled<T> = T extends { mode: 'truncated'; k1: number } ? T & { k2: number } : T

/** A job specification with every default filled in. */
export type JobSpec = Omit<Static<typeof JobSpecSchema>, 'bptt'> & { bptt: Filled<Bptt> }
