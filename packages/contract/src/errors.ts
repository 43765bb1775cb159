import type { Fault } from './schema/fault.ts'

interface ErrorRow {
  /** HTTP status of the response. */
  status: number
  title: string
  /** Whether the same request may succeed later. */
  retryable: boolean
}

/**
 * Every error that a client can receive: the catalogue defines its HTTP status, its title and whether a retry may help.
 */
export const ERRORS = {
  INVALID_REQUEST: { status: 400, title: 'Request is not well-formed', retryable: false },
  INVALID_SPECIFICATION: { status: 422, title: 'Specification cannot be accepted', retryable: false },
  DATASET_UNSUITABLE: { status: 422, title: 'Data set does not suit the job', retryable: false },
  DATASET_EMPTY: { status: 422, title: 'Data set is empty', retryable: false },
  DATASET_INVALID: { status: 422, title: 'Data set has faults', retryable: false },
  DATASET_NOT_UTF8: { status: 422, title: 'Data set is not UTF-8 text', retryable: false },
  DATASET_TOO_LARGE: { status: 413, title: 'Data set is too large', retryable: false },
  UPLOAD_OFFSET_WRONG: { status: 409, title: 'Part does not continue the upload', retryable: false },
  NOT_ACCEPTABLE: { status: 406, title: 'No format that is accepted can be given', retryable: false },
  BODY_TOO_LARGE: { status: 413, title: 'Request body is too large', retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Media type is not supported', retryable: false },
  ROUTE_NOT_FOUND: { status: 404, title: 'No such route', retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method is not allowed here', retryable: false },
  CROSS_ORIGIN: { status: 403, title: 'Pages of other origins may not change anything', retryable: false },
  UNAUTHENTICATED: { status: 401, title: 'Request has no valid key', retryable: false },
  SCOPE_MISSING: { status: 403, title: 'Key does not have the scope', retryable: false },
  KEY_NOT_FOUND: { status: 404, title: 'No such key', retryable: false },
  KEY_ENDED: { status: 412, title: 'Key is revoked or has expired', retryable: false },
  HOST_UNKNOWN: { status: 421, title: 'Host is not a name of this service', retryable: false },
  JOB_NOT_FOUND: { status: 404, title: 'No such job', retryable: false },
  DATASET_NOT_FOUND: { status: 404, title: 'No such data set', retryable: false },
  CHECKPOINT_NOT_FOUND: { status: 404, title: 'No such checkpoint', retryable: false },
  MODEL_NOT_FOUND: { status: 404, title: 'No such registered model, version or alias', retryable: false },
  MODEL_NAME_TAKEN: { status: 409, title: 'Another owner has a model of this name', retryable: false },
  MODEL_FULL: { status: 409, title: 'Model has as many versions as it may have', retryable: false },
  WEIGHTS_NOT_FOUND: { status: 404, title: 'No such weights', retryable: false },
  WEIGHTS_INVALID: { status: 422, title: 'File of weights cannot be read', retryable: false },
  WEIGHTS_TOO_LARGE: { status: 413, title: 'File of weights is too large', retryable: false },
  WEIGHTS_UNSUITABLE: { status: 422, title: 'Weights do not suit the network', retryable: false },
  EVALUATION_NOT_FOUND: { status: 404, title: 'No such evaluation', retryable: false },
  REPLAY_NOT_FOUND: { status: 404, title: 'No such replay', retryable: false },
  STEP_OUT_OF_REACH: { status: 422, title: 'Step cannot be computed again', retryable: false },
  INPUT_UNSUITABLE: { status: 422, title: 'Input does not suit the model', retryable: false },
  CHECKPOINT_UNSUITABLE: { status: 422, title: 'Checkpoint does not suit the job', retryable: false },
  CHECKPOINT_DAMAGED: { status: 422, title: 'Checkpoint is damaged', retryable: false },
  FORMAT_UNSUITABLE: { status: 422, title: 'Format cannot say what the network computes', retryable: false },
  WORKER_NOT_FOUND: { status: 404, title: 'No such worker', retryable: false },
  JOB_ENDED: { status: 412, title: 'Job has ended, or is about to', retryable: false },
  JOB_NOT_ENDED: { status: 412, title: 'Job has not ended', retryable: false },
  JOB_CHANGED: { status: 412, title: 'Job was changed since it was read', retryable: false },
  JOB_BUSY: { status: 409, title: 'Job is still on its way to another state', retryable: true },
  SESSION_NOT_FOUND: { status: 404, title: 'No such session', retryable: false },
  SESSION_FAILED: { status: 409, title: 'Session has failed', retryable: false },
  SESSION_BUSY: { status: 503, title: 'Too many commands of the session wait', retryable: true },
  SESSION_TIMEOUT: {
    status: 504,
    title: 'No worker has answered in time; the command stays on record',
    retryable: false,
  },
  NO_GRADIENT: { status: 409, title: 'No gradient waits to be applied', retryable: false },
  SWEEP_NOT_FOUND: { status: 404, title: 'No such sweep', retryable: false },
  SWEEP_NOT_ENDED: { status: 412, title: 'Sweep has not ended', retryable: false },
  SWEEP_ENDED: { status: 412, title: 'Sweep has ended', retryable: false },
  DATASET_IN_USE: {
    status: 412,
    title: 'Data set is used by jobs or sweeps that have not ended, or are kept',
    retryable: false,
  },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'Idempotency key was used with another body', retryable: false },
  IDEMPOTENCY_KEY_SPENT: { status: 410, title: 'What the idempotency key made has been deleted', retryable: false },
  STORE_UNAVAILABLE: { status: 503, title: 'Redis cannot be reached', retryable: true },
  ISSUER_UNAVAILABLE: { status: 503, title: 'Issuer of tokens cannot be reached', retryable: true },
  ARTIFACTS_UNAVAILABLE: { status: 503, title: 'Artifacts cannot be read or written', retryable: true },
  PREDICTIONS_FULL: { status: 503, title: 'Too many predictions wait', retryable: true },
  PREDICTION_TIMEOUT: { status: 504, title: 'No worker has answered in time', retryable: true },
  PREDICTION_FAILED: { status: 502, title: 'The worker could not answer', retryable: true },
  STOPPING: { status: 503, title: 'Service is stopping', retryable: true },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retryable: true },
  QUOTA_EXCEEDED: { status: 403, title: 'Limit is reached', retryable: true },
  OVERLOADED: { status: 503, title: 'Service is overloaded', retryable: true },
  STORAGE_FULL: { status: 507, title: 'Storage of the service is nearly full', retryable: true },
  INTERNAL: { status: 500, title: 'Internal error', retryable: true },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

/** An error of the catalogue. `faults` names each faulty place of a request. */
export class UnrollError extends Error {
  override readonly name = 'UnrollError'
  readonly code: ErrorCode
  readonly faults: readonly Fault[]
  /** Of all faults, of which `faults` may be the first. */
  readonly faultCount: number

  constructor(
    code: ErrorCode,
    message: string,
    {
      faults = [],
      faultCount = faults.length,
      cause,
    }: { faults?: readonly Fault[]; faultCount?: number; cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.code = code
    this.faults = faults
    this.faultCount = faultCount
  }
}

/** The result of `work`; undefined if it throws the error of a code. */
export async function unless<Value>(code: ErrorCode, work: Promise<Value>): Promise<Value | undefined> {
  return await work.catch((error: unknown) => {
    if (error instanceof UnrollError && error.code === code) return undefined
    throw error
  })
}
