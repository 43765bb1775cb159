import { Type, type Static } from 'typebox'
import { ALIAS, MODEL_NAME, idPattern } from '../ids.ts'
import { JobSpecSchema, type JobSpec } from '../job/job_spec.ts'
import { checkpointChoice, type Checkpoint } from './checkpoint.ts'
import { JobResult } from './job.ts'
import { nullable, time } from './nullable.ts'
import { PredictionRequest } from './prediction.ts'

/** Versions of a model, at most. */
export const MOST_VERSIONS = 200
/** The alias that answers where no version is asked for. */
export const DEFAULT_ALIAS = 'production'

const Alias = Type.String({
  pattern: ALIAS,
  description: 'Up to 32 of a-z, 0-9, "_" and "-", from a letter on, such as "production".',
})

/** What is registered under which name. */
export const ModelRegistration = Type.Object(
  {
    name: Type.String({
      pattern: MODEL_NAME,
      description:
        'The model, which is created with its first version: up to 64 letters, digits, ".", "_" and "-", a letter or digit at both ends.',
    }),
    job: Type.String({ pattern: idPattern('job'), description: 'The job whose checkpoint is registered.' }),
    checkpoint: checkpointChoice('What is registered'),
    aliases: Type.Array(Alias, {
      default: [],
      maxItems: 16,
      uniqueItems: true,
      description: 'Aliases of the new version; other versions lose them.',
    }),
  },
  { additionalProperties: false, title: 'ModelRegistration' },
)
export type ModelRegistration = Static<typeof ModelRegistration>

/** Aliases to set, by their versions; null removes one. */
export const ModelPatch = Type.Object(
  {
    aliases: Type.Record(Alias, nullable(Type.Integer({ minimum: 1 })), {
      minProperties: 1,
      maxProperties: 16,
      description: 'The version of each alias, or null to remove it. Other aliases stay.',
    }),
  },
  { additionalProperties: false, title: 'ModelPatch' },
)
export type ModelPatch = Static<typeof ModelPatch>

/** A registered checkpoint: a copy, which stays when its job is deleted. */
export const ModelVersion = Type.Object(
  {
    version: Type.Integer({ description: 'From 1; never given again.' }),
    id: Type.String({ description: 'Where its copy is.' }),
    job: Type.String({ description: 'The job that trained it, which may be deleted.' }),
    checkpoint: Type.String({ description: 'The checkpoint of that job.' }),
    step: Type.Integer({ description: 'The last step before the checkpoint.' }),
    bytes: Type.Integer({ description: 'Size of the file of the tensors.' }),
    sha256: Type.String({ description: 'Hex digest of that file.' }),
    metrics: { ...JobResult, description: 'The newest value of each series at the checkpoint.' },
    created_at: time('When it was registered.'),
    spec: JobSpecSchema,
  },
  { title: 'ModelVersion' },
)
export type ModelVersion = Omit<Static<typeof ModelVersion>, 'spec'> & { spec: JobSpec }

/** A model by its name. */
export const RegisteredModel = Type.Object(
  {
    object: Type.Literal('model'),
    name: Type.String(),
    created_at: time('When its first version was registered.'),
    aliases: Type.Record(Type.String(), Type.Integer(), { description: 'The version of each alias.' }),
    versions: Type.Array(ModelVersion, { description: `Newest first; ${MOST_VERSIONS} at most.` }),
  },
  { title: 'RegisteredModel' },
)
export type RegisteredModel = Omit<Static<typeof RegisteredModel>, 'versions'> & { versions: ModelVersion[] }

const { checkpoint: _, ...asked } = PredictionRequest.properties

/** What a registered model is asked. */
export const ModelPredictionRequest = Type.Object(asked, {
  additionalProperties: false,
  title: 'ModelPredictionRequest',
})
export type ModelPredictionRequest = Static<typeof ModelPredictionRequest>

/** The copy of a registered checkpoint, whose place has the id of the version instead of a job. */
export function registeredCheckpoint({
  id,
  checkpoint,
  step,
  bytes,
  sha256,
  metrics,
  created_at,
}: ModelVersion): Checkpoint {
  return { id: checkpoint, object: 'checkpoint', job: id, epoch: 0, step, created_at, bytes, sha256, metrics }
}

/** The version by its number or alias; without either the one of `production`, else the newest. */
export function chooseVersion(
  { aliases, versions }: RegisteredModel,
  wanted: string | undefined,
): ModelVersion | undefined {
  if (wanted === undefined && aliases[DEFAULT_ALIAS] === undefined) return versions[0]
  const number = aliases[wanted ?? DEFAULT_ALIAS] ?? Number(wanted)
  return versions.find(({ version }) => version === number)
}
