import { hostname } from 'node:os'
import { join } from 'node:path'
import { ARTIFACTS_ENVIRONMENT, artifactsLocation, type ArtifactsLocation } from '@unroll/artifacts'
import { addressFault } from '@unroll/store'
import { envSchema } from 'env-schema'
import { Type, type Static } from 'typebox'
import type { KeyPolicy } from './access/gate.ts'
import type { TokenPolicy } from './access/issuer.ts'
import { LIMITS_PATTERN, TOTAL_LIMITS_PATTERN, readLimitPolicy, type LimitPolicy } from './limits/policy.ts'
import type { Browsers } from './types.ts'

const GIB = 2 ** 30
const DAY_MS = 86_400_000

const HOST_NAME = '[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?'
const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const NETWORK = `(${OCTET}\\.){3}${OCTET}/(3[0-2]|[12]?[0-9])|[0-9a-fA-F:]{2,39}/(12[0-8]|1[01][0-9]|[1-9]?[0-9])`
const ORIGIN = `https?://(${HOST_NAME}|\\[[0-9a-fA-F:]+\\])(:[0-9]{1,5})?`

/** Not encrypted on this machine alone. */
const ISSUER = '^(https://[^/?#@]+|http://(localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\])(:[0-9]{1,5})?)(/[^?#]*)?$'
const CLAIM = '^\\S{1,200}$'

/** The pattern of a list with commas between its items, which may be empty. */
function listOf(item: string): string {
  return `^((${item})(,(${item}))*)?$`
}

const Environment = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65_535 }),
  REDIS_URL: Type.String({ default: 'redis://127.0.0.1:6379' }),
  UNROLL_DATA_DIR: Type.String({ default: '.unroll', minLength: 1 }),
  ...ARTIFACTS_ENVIRONMENT,
  UNROLL_MAX_DATASET_BYTES: Type.Integer({ default: 16 * GIB, minimum: 1, maximum: 2 ** 40 }),
  UNROLL_RETENTION_DAYS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 36_500 })),
  UNROLL_ALLOWED_HOSTS: Type.String({ default: '', pattern: listOf(HOST_NAME) }),
  UNROLL_ALLOWED_ORIGINS: Type.String({ default: '', pattern: listOf(ORIGIN) }),
  UNROLL_NOTIFY_NETWORKS: Type.String({ default: '', pattern: listOf(NETWORK) }),
  UNROLL_OIDC_ISSUER: Type.Optional(Type.String({ pattern: ISSUER })),
  UNROLL_OIDC_AUDIENCE: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
  UNROLL_OIDC_SCOPE_CLAIM: Type.String({ default: 'scope', pattern: CLAIM }),
  UNROLL_OIDC_OWNER_CLAIM: Type.Optional(Type.String({ pattern: CLAIM })),
  UNROLL_OIDC_TOLERANCE_S: Type.Integer({ default: 30, minimum: 0, maximum: 300 }),
  UNROLL_LIMITS: Type.String({ default: '', pattern: LIMITS_PATTERN }),
  UNROLL_TOTAL_LIMITS: Type.String({ default: '', pattern: TOTAL_LIMITS_PATTERN }),
  UNROLL_RESERVED_BYTES: Type.Integer({ default: 2 ** 29, minimum: 0, maximum: 2 ** 50 }),
  UNROLL_MOST_DELAY_MS: Type.Integer({ default: 2_000, minimum: 1, maximum: 60_000 }),
  UNROLL_INSECURE: Type.Enum(['0', '1'], { type: 'string', default: '0' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  UNROLL_LOCK_MS: Type.Integer({ default: 10_000, minimum: 500, maximum: 600_000 }),
  /** For tests: faults of this process, in the notation of packages/failpoints. */
  UNROLL_FAULTS: Type.Optional(Type.String()),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], { type: 'string', default: 'info' }),
})

/** Settings of the API process, from the environment. */
export interface Config {
  host: string
  port: number
  redisUrl: string
  /** Place of data sets and checkpoints. */
  artifacts: ArtifactsLocation
  /** Largest data set that is accepted, in bytes. */
  maxDatasetBytes: number
  browsers: Browsers
  /** Networks that notifications may go to beside public addresses, in CIDR notation. */
  notifyNetworks: readonly string[]
  keyPolicy: KeyPolicy
  /** Whose tokens are taken beside keys; undefined: nobody's. */
  tokenPolicy: TokenPolicy | undefined
  limitPolicy: LimitPolicy
  /** Bytes of the disk of artifacts that stay free. */
  reservedBytes: number
  /** Mean delay of the event loop from which requests are refused, in milliseconds. */
  mostDelayMs: number
  /** Where the first key is written. */
  firstKeyFile: string
  /** Age at which ended jobs are deleted, in milliseconds; null: never. */
  retentionMs: number | null
  /** Base URL of the OpenTelemetry collector for traces. */
  otlpEndpoint: string | undefined
  /** Time in milliseconds after which the jobs of a silent worker go to another; equal in every process. */
  lockMs: number
  faults: string | undefined
  logLevel: string
}

/** @throws {Error} that lists every fault of the environment */
export function readConfig(source: NodeJS.ProcessEnv = process.env): Config {
  const environment = parse(source)
  const { HOST: host, UNROLL_INSECURE: insecure, UNROLL_RETENTION_DAYS: retentionDays } = environment
  return {
    host,
    port: environment.PORT,
    redisUrl: environment.REDIS_URL,
    artifacts: artifactsLocation(environment, environment.UNROLL_DATA_DIR),
    maxDatasetBytes: environment.UNROLL_MAX_DATASET_BYTES,
    keyPolicy: insecure === '1' ? 'never' : isPrivate(environment) ? 'once_made' : 'always',
    tokenPolicy: readTokenPolicy(environment),
    limitPolicy: readLimitPolicy(environment.UNROLL_LIMITS, environment.UNROLL_TOTAL_LIMITS),
    reservedBytes: environment.UNROLL_RESERVED_BYTES,
    mostDelayMs: environment.UNROLL_MOST_DELAY_MS,
    firstKeyFile: join(environment.UNROLL_DATA_DIR, 'admin.key'),
    browsers: {
      hosts: [host, hostname(), ...listItems(environment.UNROLL_ALLOWED_HOSTS)].map((name) => name.toLowerCase()),
      origins: listItems(environment.UNROLL_ALLOWED_ORIGINS),
    },
    notifyNetworks: listItems(environment.UNROLL_NOTIFY_NETWORKS),
    retentionMs: retentionDays === undefined ? null : retentionDays * DAY_MS,
    otlpEndpoint: environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    lockMs: environment.UNROLL_LOCK_MS,
    faults: environment.UNROLL_FAULTS,
    logLevel: environment.LOG_LEVEL,
  }
}

function listItems(list: string): string[] {
  return list === '' ? [] : list.split(',')
}

/** Whether only this machine reaches the service, and nobody is to say who he is: under a further name a proxy passes requests on. */
function isPrivate({
  HOST: host,
  UNROLL_ALLOWED_HOSTS: names,
  UNROLL_OIDC_ISSUER: issuer,
}: Static<typeof Environment>): boolean {
  return isLoopback(host) && names === '' && issuer === undefined
}

function readTokenPolicy({
  UNROLL_OIDC_ISSUER: issuer,
  UNROLL_OIDC_AUDIENCE: audience = '',
  UNROLL_OIDC_SCOPE_CLAIM: scopeClaim,
  UNROLL_OIDC_OWNER_CLAIM: ownerClaim,
  UNROLL_OIDC_TOLERANCE_S: toleranceSeconds,
}: Static<typeof Environment>): TokenPolicy | undefined {
  return issuer === undefined ? undefined : { issuer, audience, scopeClaim, ownerClaim, toleranceSeconds }
}

/** Whether only this machine reaches an address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

interface EnvironmentFault {
  instancePath: string
  message?: string
  params: { allowedValues?: string[] }
}

function parse(source: NodeJS.ProcessEnv): Static<typeof Environment> {
  const { REDIS_URL: redisUrl } = source
  const redisFault = redisUrl === undefined ? undefined : addressFault(redisUrl)
  const faults = redisFault === undefined ? [] : [`  REDIS_URL ${redisFault}`]
  if (source['UNROLL_OIDC_ISSUER'] !== undefined && source['UNROLL_OIDC_AUDIENCE'] === undefined)
    faults.push('  UNROLL_OIDC_AUDIENCE must be there with UNROLL_OIDC_ISSUER: it is not set')
  try {
    const environment = envSchema<Static<typeof Environment>>({
      schema: Environment,
      data: { ...source },
      env: false,
    })
    if (faults.length === 0) return environment
  } catch (error) {
    const { errors = [] } = error as { errors?: EnvironmentFault[] }
    if (errors.length === 0) throw error
    faults.push(...errors.map((fault) => sentence(fault, source)))
  }
  throw new Error(`Cannot start as the environment has ${faults.length} faults\n${faults.join('\n')}`)
}

function sentence({ instancePath, message, params }: EnvironmentFault, source: NodeJS.ProcessEnv): string {
  const name = instancePath.slice(1)
  const allowed = params.allowedValues === undefined ? '' : ` (${params.allowedValues.join(', ')})`
  return `  ${name} ${message ?? 'is at fault'}${allowed}: current value is "${withoutPassword(source[name] ?? '')}"`
}

/** The text without user and password in its URLs. */
function withoutPassword(text: string): string {
  return text.replaceAll(/\/\/[^/@]*@/g, '//…@')
}
