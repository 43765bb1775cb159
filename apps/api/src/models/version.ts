import { MODEL_VERSION, UnrollError, chooseVersion, type ModelVersion } from '@unroll/contract'
import { Type, type TOptional, type TString } from 'typebox'
import type { Services } from '../types.ts'

/** The parameter that chooses a version. */
export const VERSION: TOptional<TString> = Type.Optional(
  Type.String({
    pattern: MODEL_VERSION,
    description:
      'A version by its number or an alias; "production" unless given, and the newest where no version has that alias.',
  }),
)

/** @throws {UnrollError} MODEL_NOT_FOUND */
export async function findVersion(
  { store }: Pick<Services, 'store'>,
  name: string,
  wanted: string | undefined,
): Promise<ModelVersion> {
  const found = chooseVersion(await store.models.get(name), wanted)
  if (found !== undefined) return found
  throw new UnrollError('MODEL_NOT_FOUND', `Cannot find version "${wanted}" of model "${name}"`)
}
