import { Type, type TOptional, type TString } from 'typebox'
import type { ArtifactsLocation } from './open.ts'

type Variable =
  | 'UNROLL_ARTIFACTS'
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY'
  | 'AWS_SESSION_TOKEN'
  | 'AWS_REGION'
  | 'AWS_DEFAULT_REGION'
  | 'AWS_ENDPOINT_URL'
  | 'AWS_ENDPOINT_URL_S3'
  | 'AWS_S3_FORCE_PATH_STYLE'

const TEXT: TOptional<TString> = Type.Optional(Type.String())

/**
 * The settings of the artifact store in the environment, as a part of a schema. The names of AWS's settings are those
 * of its tools.
 */
export const ARTIFACTS_ENVIRONMENT: Record<Variable, TOptional<TString>> = {
  UNROLL_ARTIFACTS: Type.Optional(Type.String({ pattern: '^(file:.|s3://[a-z0-9])' })),
  AWS_ACCESS_KEY_ID: TEXT,
  AWS_SECRET_ACCESS_KEY: TEXT,
  AWS_SESSION_TOKEN: TEXT,
  AWS_REGION: TEXT,
  AWS_DEFAULT_REGION: TEXT,
  AWS_ENDPOINT_URL: TEXT,
  AWS_ENDPOINT_URL_S3: TEXT,
  AWS_S3_FORCE_PATH_STYLE: TEXT,
}

export type ArtifactsEnvironment = { [Name in Variable]?: string | undefined }

/**
 * The location of the artifact store in the environment.
 *
 * @param dataFolder the default location
 * @throws {Error} when it is in S3 and keys are missing
 */
export function artifactsLocation(environment: ArtifactsEnvironment, dataFolder: string): ArtifactsLocation {
  const url = environment.UNROLL_ARTIFACTS ?? `file:${dataFolder}/artifacts`
  if (!url.startsWith('s3:')) return url
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment
  if (!accessKeyId || !secretAccessKey)
    throw new Error(`Cannot keep artifacts at "${url}" without AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`)
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL
  const { AWS_SESSION_TOKEN: sessionToken, AWS_S3_FORCE_PATH_STYLE: pathStyle } = environment
  const s3 = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(pathStyle && { pathStyle: pathStyle === 'true' }),
  }
  return { url, s3 }
}
