import { errors } from 'jose'

/** Algorithms of signatures that are taken: those with a public key. A secret that both share would let the service make tokens. */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

type Wanted = Readonly<Record<'issuer' | 'audience', string>>

/** What a claim must be, by its name. */
const CLAIMS: Readonly<Record<string, (wanted: Wanted) => string>> = {
  iss: ({ issuer }) => `claim "iss" must be "${issuer}"`,
  aud: ({ audience }) => `claim "aud" must be or have "${audience}"`,
  nbf: () => 'it is not valid yet, by claim "nbf"',
  exp: () => 'claim "exp" must be a number of seconds since 1970',
  sub: () => 'claim "sub" must be there',
}

const UNSIGNED = 'no key of the issuer has signed it'

/** By the code of jose. */
const FAULTS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired, by claim "exp"',
  ERR_JOSE_ALG_NOT_ALLOWED: `header "alg" must be one of ${TOKEN_ALGORITHMS.join(', ')}`,
  ERR_JWKS_NO_MATCHING_KEY: UNSIGNED,
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: UNSIGNED,
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'header "kid" must name one of the keys of the issuer',
  ERR_JWS_INVALID: 'it must be a key of this service or a signed JWT',
  ERR_JWT_INVALID: 'it must be a key of this service or a signed JWT',
  ERR_JOSE_NOT_SUPPORTED: 'it needs what is not supported',
}

/** What is wrong with a token that jose refuses; undefined where the fault is that of the issuer. */
export function describeTokenFault(error: unknown, wanted: Wanted): string | undefined {
  if (error instanceof errors.JWTClaimValidationFailed)
    return CLAIMS[error.claim]?.(wanted) ?? `claim "${error.claim}" is at fault`
  return error instanceof errors.JOSEError ? FAULTS[error.code] : undefined
}
