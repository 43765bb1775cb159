import { ARTIFACTS_ENVIRONMENT, artifactsLocation, type ArtifactsLocation } from '@unroll/artifacts'
import { addressFault } from '@unroll/store'
import { envSchema } from 'env-schema'
import { Type, type Static } from 'typebox'

const MIB = 2 ** 20
const DAY_MS = 86_400_000

const Environment = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65_535 }),
  REDIS_URL: Type.String({ default: 'redis://127.0.0.1:6379' }),
  UNROLL_DATA_DIR: Type.String({ default: '.unroll', minLength: 1 }),
  ...ARTIFACTS_ENVIRONMENT,
  UNROLL_MAX_DATASET_BYTES: Type.Integer({ default: 100 * MIB, minimum: 1, maximum: 2 ** 40 }),
  UNROLL_RETENTION_DAYS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 36_500 })),
  UNROLL_INSECURE: Type.Enum(['0', '1'], { type: 'string', default: '0' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  UNROLL_LOCK_MS: Type.Integer({ default: 10_000, minimum: 500, maximum: 600_000 }),
  /** For tests: faults to break this process by, as packages/failpoints has them. */
  UNROLL_FAULTS: Type.Optional(Type.String()),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], { type: 'string', default: 'info' }),
})

/** Settings of the API process, from the environment alone. */
export interface Config {
  host: string
  port: number
  redisUrl: string
  /** Where data sets and checkpoints lie. */
  artifacts: ArtifactsLocation
  /** The largest data set that is taken. */
  maxDatasetBytes: number
  /** Age at which jobs that have ended are deleted, in milliseconds; null: they never are. */
  retentionMs: number | null
  /** Base address of an OpenTelemetry collector that traces are sent to. */
  otlpEndpoint: string | undefined
  /** How long a worker may be silent before its jobs go to another. The same in every process. */
  lockMs: number
  faults: string | undefined
  logLevel: string
}

/**
 * @throws {Error} that lists every fault of the environment, or when HOST would let others in: there are no API keys yet,
 * so only this machine may reach the service unless UNROLL_INSECURE=1 says that whoever can reach it may use it
 */
export function readConfig(source: NodeJS.ProcessEnv = process.env): Config {
  const environment = parse(source)
  const { HOST: host, UNROLL_INSECURE: insecure, UNROLL_RETENTION_DAYS: retentionDays } = environment
  if (!isLoopback(host) && insecure === '0')
    throw new Error(
      `Cannot listen on HOST "${host}" as anyone who reaches it could use the service: HOST must be a loopback address, or UNROLL_INSECURE must be 1 to accept that`,
    )
  return {
    host,
    port: environment.PORT,
    redisUrl: environment.REDIS_URL,
    artifacts: artifactsLocation(environment, environment.UNROLL_DATA_DIR),
    maxDatasetBytes: environment.UNROLL_MAX_DATASET_BYTES,
    retentionMs: retentionDays === undefined ? null : retentionDays * DAY_MS,
    otlpEndpoint: environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    lockMs: environment.UNROLL_LOCK_MS,
    faults: environment.UNROLL_FAULTS,
    logLevel: environment.LOG_LEVEL,
  }
}

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
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

/** A text in which no address carries its user and password. */
function withoutPassword(text: string): string {
  return text.replaceAll(/\/\/[^/@]*@/g, '//…@')
}
