import { MODEL_NAME, PAGE_QUERY, idPattern, type ID_PREFIXES } from '@unroll/contract'
import { Type, type TObject, type TOptional, type TProperties, type TString } from 'typebox'

type Kind = keyof typeof ID_PREFIXES

/** Parameters of a route, and no others. */
export function parameters<Properties extends TProperties>(properties: Properties): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false })
}

/** Query of a route that lists things of a kind page by page, with what else may be asked for. */
export function pageQuery<More extends TProperties = {}>(
  kind: Kind,
  more?: More,
): TObject<typeof PAGE_QUERY & { after: TOptional<TString> } & More> {
  const after = Type.String({ pattern: idPattern(kind), description: 'The `next` of the previous page.' })
  return parameters({ ...PAGE_QUERY, after: Type.Optional(after), ...(more as More) })
}

/** Path parameters of a route with an id, such as `/v1/jobs/:id`. */
export function idParameters(kind: Kind, description: string): TObject<{ id: TString }> {
  return parameters({ id: Type.String({ pattern: idPattern(kind), description }) })
}

export const JOB_ID: TObject<{ id: TString }> = idParameters('job', 'Id of the job.')
export const CHECKPOINT_ID: TObject<{ id: TString; checkpoint: TString }> = parameters({
  ...JOB_ID.properties,
  checkpoint: Type.String({ pattern: idPattern('checkpoint'), description: 'Id of the checkpoint.' }),
})
export const EVALUATION_ID: TObject<{ id: TString; evaluation: TString }> = parameters({
  ...JOB_ID.properties,
  evaluation: Type.String({ pattern: idPattern('evaluation'), description: 'Id of the evaluation.' }),
})
export const REPLAY_ID: TObject<{ id: TString; replay: TString }> = parameters({
  ...JOB_ID.properties,
  replay: Type.String({ pattern: idPattern('replay'), description: 'Id of the replay.' }),
})
export const WORKER_ID: TObject<{ id: TString }> = idParameters('worker', 'Id of the worker.')
export const KEY_ID: TObject<{ id: TString }> = idParameters('key', 'Id of the key.')
export const DATASET_ID: TObject<{ id: TString }> = idParameters('dataset', 'Id of the data set.')
export const MODEL_NAMED: TObject<{ name: TString }> = parameters({
  name: Type.String({ pattern: MODEL_NAME, description: 'Name of the registered model.' }),
})
export const WEIGHTS_ID: TObject<{ id: TString }> = idParameters('weights', 'Id of the weights.')
export const SESSION_ID: TObject<{ id: TString }> = idParameters('session', 'Id of the session.')
export const SWEEP_ID: TObject<{ id: TString }> = idParameters('sweep', 'Id of the sweep.')
