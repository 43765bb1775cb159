import { idPattern, type ID_PREFIXES } from '@unroll/contract'
import { Type, type TObject, type TString } from 'typebox'

type Kind = keyof typeof ID_PREFIXES

/** Path parameters of a route with an id, such as `/v1/jobs/:id`. */
export function idParameters(kind: Kind, description: string): TObject<{ id: TString }> {
  return Type.Object({ id: Type.String({ pattern: idPattern(kind), description }) }, { additionalProperties: false })
}

export const JOB_ID: TObject<{ id: TString }> = idParameters('job', 'Id of the job.')
export const CHECKPOINT_ID: TObject<{ id: TString; checkpoint: TString }> = Type.Object(
  {
    ...JOB_ID.properties,
    checkpoint: Type.String({ pattern: idPattern('checkpoint'), description: 'Id of the checkpoint.' }),
  },
  { additionalProperties: false },
)
export const WORKER_ID: TObject<{ id: TString }> = idParameters('worker', 'Id of the worker.')
export const DATASET_ID: TObject<{ id: TString }> = idParameters('dataset', 'Id of the data set.')
export const SWEEP_ID: TObject<{ id: TString }> = idParameters('sweep', 'Id of the sweep.')
