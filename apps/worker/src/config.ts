import { ARTIFACTS_ENVIRONMENT, artifactsLocation, type ArtifactsLocation } from '@unroll/artifacts'
import { parseLabels, type Labels } from '@unroll/contract'
import { addressFault } from '@unroll/store'
import { envSchema } from 'env-schema'
import { Type, type Static } from 'typebox'
import { childEnvironment } from './children/child_environment.ts'
import type { EngineChoice } from './protocol.ts'

const Environment = Type.Object({
  REDIS_URL: Type.String({ default: 'redis://127.0.0.1:6379' }),
  UNROLL_DATA_DIR: Type.String({ default: '.unroll' }),
  ...ARTIFACTS_ENVIRONMENT,
  UNROLL_ENGINE: Type.Enum(['auto', 'tensorflow', 'wasm', 'cpu'], { type: 'string', default: 'auto' }),
  UNROLL_SLOTS: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
  UNROLL_LABELS: Type.String({ default: '' }),
  UNROLL_NVIDIA_SMI: Type.String({ default: 'nvidia-smi', minLength: 1 }),
  UNROLL_TRAINING_NICENESS: Type.Integer({ minimum: 0, maximum: 19, default: 10 }),
  UNROLL_CHILD_SILENCE_S: Type.Integer({ minimum: 3, maximum: 86_400, default: 30 }),
  UNROLL_MEMORY_BYTES: Type.Optional(Type.Integer({ minimum: 2 ** 20, maximum: 2 ** 50 })),
  UNROLL_MEMORY_MARGIN_BYTES: Type.Integer({ minimum: 2 ** 20, maximum: 2 ** 50, default: 2 ** 30 }),
  UNROLL_PREEMPTION_AFTER_S: Type.Optional(Type.Integer({ minimum: 1, maximum: 604_800 })),
  UNROLL_SESSION_IDLE_S: Type.Integer({ minimum: 1, maximum: 86_400, default: 60 }),
  UNROLL_METRICS_HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  UNROLL_METRICS_PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  UNROLL_LOCK_MS: Type.Integer({ default: 10_000, minimum: 500, maximum: 600_000 }),
  /** For tests: faults of this process, in the notation of packages/failpoints. */
  UNROLL_FAULTS: Type.Optional(Type.String()),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], { type: 'string', default: 'info' }),
})

/** Settings of the worker process, from the environment. */
export interface Config {
  redisUrl: string
  /** Place of data sets and checkpoints. */
  artifacts: ArtifactsLocation
  engine: EngineChoice
  /** Number of jobs at the same time, each in a child process. @default one for each GPU, or one without any */
  slots: number | undefined
  /** Labels that jobs may ask for. */
  labels: Labels
  /** The tool that lists the GPUs, by its path or by a name on the PATH. */
  nvidiaSmi: string
  /** Niceness of training processes, from 0, as this process, to 19: API and Redis run first on the same cores. */
  niceness: number
  /** The environment of training processes. */
  childEnvironment: NodeJS.ProcessEnv
  /** Time for which a training process may neither send a message nor compute before it is killed. */
  childSilenceMs: number
  /**
   * The memory that a job may need.
   *
   * @default that of a GPU, or without one what the process may use minus the memory of waiting children
   */
  memoryBytes: number | undefined
  /** The memory that a job may take beyond twice its estimate before it is stopped. */
  memoryMarginBytes: number
  /** Time after which a more urgent job may preempt a job here. @default never */
  preemptionAfterSeconds: number | undefined
  /** Time without a command after which a session sleeps. */
  sessionIdleMs: number
  /** The address of this process for Prometheus; none without a port. */
  metrics: { host: string; port: number | undefined }
  /** Base URL of the OpenTelemetry collector for traces. */
  otlpEndpoint: string | undefined
  /** Time after which the jobs of a silent worker go to another; equal in every process. */
  lockMs: number
  faults: string | undefined
  logLevel: string
}

/** @throws Error that lists every fault of the environment */
export function readConfig(): Config {
  const environment = envSchema<Static<typeof Environment>>({ schema: Environment, data: process.env, env: false })
  const redisFault = addressFault(environment.REDIS_URL)
  if (redisFault !== undefined) throw new Error(`Cannot start as REDIS_URL ${redisFault}`)
  return {
    redisUrl: environment.REDIS_URL,
    artifacts: artifactsLocation(environment, environment.UNROLL_DATA_DIR),
    engine: environment.UNROLL_ENGINE,
    slots: environment.UNROLL_SLOTS,
    labels: readLabels(environment.UNROLL_LABELS),
    nvidiaSmi: environment.UNROLL_NVIDIA_SMI,
    niceness: environment.UNROLL_TRAINING_NICENESS,
    childEnvironment: childEnvironment(process.env),
    childSilenceMs: environment.UNROLL_CHILD_SILENCE_S * 1_000,
    memoryBytes: environment.UNROLL_MEMORY_BYTES,
    memoryMarginBytes: environment.UNROLL_MEMORY_MARGIN_BYTES,
    preemptionAfterSeconds: environment.UNROLL_PREEMPTION_AFTER_S,
    sessionIdleMs: environment.UNROLL_SESSION_IDLE_S * 1_000,
    metrics: { host: environment.UNROLL_METRICS_HOST, port: environment.UNROLL_METRICS_PORT },
    otlpEndpoint: environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    lockMs: environment.UNROLL_LOCK_MS,
    faults: environment.UNROLL_FAULTS,
    logLevel: environment.LOG_LEVEL,
  }
}

function readLabels(text: string): Labels {
  try {
    return parseLabels(text)
  } catch (error) {
    throw new Error(`Cannot start as UNROLL_LABELS ${(error as RangeError).message}`, { cause: error })
  }
}
