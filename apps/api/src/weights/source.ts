// The file that the first weights of a job come from.

import { createHash } from 'node:crypto'
import { ArtifactNotFoundError, initialWeightsKey, stateKey, weightsKey } from '@unroll/artifacts'
import {
  MOST_WEIGHTS_BYTES,
  UnrollError,
  chooseVersion,
  registeredCheckpoint,
  type Checkpoint,
  type Fault,
  type InitFrom,
} from '@unroll/contract'
import { chooseCheckpoint } from '../inference/checkpoint_choice.ts'
import type { Services } from '../types.ts'

export interface WeightsSource {
  /** The source with all that was left open: which checkpoint or version it is, and its digest. */
  pinned: InitFrom & { sha256: string }
  bytes: Uint8Array<ArrayBuffer>
}

/** Where a file is, and what it is. */
interface Located {
  key: string
  bytes: number
  sha256: string
  pinned: Partial<InitFrom>
}

/**
 * Finds and reads the source of a job's first weights, every byte verified.
 *
 * @param options.owner whose jobs, models and weights may be the source; undefined: everybody's
 * @param options.copyOf a job that has a copy of the same file, should the source be gone
 * @throws {UnrollError} of what does not exist, WEIGHTS_TOO_LARGE, CHECKPOINT_DAMAGED, WEIGHTS_UNSUITABLE when its digest is
 * another
 */
export async function openSource(
  services: Pick<Services, 'store' | 'artifacts'>,
  from: InitFrom,
  { owner, copyOf }: { owner?: string | undefined; copyOf?: string | undefined } = {},
): Promise<WeightsSource> {
  const located = await locate(services.store, from, owner).catch(async (error: unknown) => {
    const copy = copyOf === undefined ? undefined : await locateCopy(services, from, copyOf)
    if (copy !== undefined) return copy
    throw error instanceof UnrollError ? blamingTheField(error, from) : error
  })
  const { key, sha256, pinned } = located
  if (from.sha256 !== undefined && from.sha256 !== sha256)
    throw unsuitable('sha256', from.sha256, `Must be the digest of the file, which is ${sha256}`)
  if (located.bytes > MOST_WEIGHTS_BYTES)
    throw new UnrollError(
      'WEIGHTS_TOO_LARGE',
      `Cannot start from a file of ${located.bytes} bytes: at most ${MOST_WEIGHTS_BYTES} are read`,
    )
  return { pinned: { ...from, ...pinned, sha256 }, bytes: await readVerified(services, key, located) }
}

/** @throws {UnrollError} JOB_NOT_FOUND, CHECKPOINT_NOT_FOUND, MODEL_NOT_FOUND, WEIGHTS_NOT_FOUND */
async function locate(
  store: Services['store'],
  { job, checkpoint, model, version, weights }: InitFrom,
  owner: string | undefined,
): Promise<Located> {
  if (job !== undefined) {
    await store.owners.refuseForeign('job', job, owner)
    const found = await chooseCheckpoint(store, await store.jobs.get(job), checkpoint ?? 'best')
    return { ...locateState(found), pinned: { checkpoint: found.id } }
  }
  if (model !== undefined) {
    await store.owners.refuseForeign('model', model, owner)
    const found = chooseVersion(await store.models.get(model), version)
    if (found === undefined)
      throw new UnrollError('MODEL_NOT_FOUND', `Cannot find version "${version}" of model "${model}"`)
    return { ...locateState(registeredCheckpoint(found)), pinned: { version: String(found.version) } }
  }
  await store.owners.refuseForeign('weights', weights ?? '', owner)
  const record = await store.weights.get(weights ?? '')
  return { key: weightsKey(record.id), bytes: record.bytes, sha256: record.sha256, pinned: {} }
}

function locateState(checkpoint: Checkpoint): Omit<Located, 'pinned'> {
  return { key: stateKey(checkpoint), bytes: checkpoint.bytes, sha256: checkpoint.sha256 }
}

/** The copy that another job has of the same file. */
async function locateCopy(
  { artifacts }: Pick<Services, 'artifacts'>,
  { sha256 }: InitFrom,
  job: string,
): Promise<Located | undefined> {
  const key = initialWeightsKey(job)
  const head = await artifacts.head(key)
  return sha256 === undefined || head === undefined ? undefined : { key, bytes: head.bytes, sha256, pinned: {} }
}

async function readVerified(
  { artifacts }: Pick<Services, 'artifacts'>,
  key: string,
  { bytes, sha256 }: Located,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = new Uint8Array(bytes)
  const hash = createHash('sha256')
  let filled = 0
  for await (const chunk of await artifacts.get(key).catch(reportGone)) {
    if (filled + chunk.length > bytes) break
    file.set(chunk, filled)
    hash.update(chunk)
    filled += chunk.length
  }
  if (filled === bytes && hash.digest('hex') === sha256) return file
  throw new UnrollError(
    'CHECKPOINT_DAMAGED',
    `Cannot start from weights that are damaged: their bytes are not those of digest ${sha256}`,
  )
}

function reportGone(error: unknown): never {
  throw error instanceof ArtifactNotFoundError
    ? new UnrollError('CHECKPOINT_NOT_FOUND', 'Cannot start from these weights: their bytes are gone')
    : error
}

/** Of each error, the field that names what does not exist. */
const FIELDS: Readonly<Record<string, 'job' | 'checkpoint' | 'model' | 'weights'>> = {
  JOB_NOT_FOUND: 'job',
  CHECKPOINT_NOT_FOUND: 'checkpoint',
  MODEL_NOT_FOUND: 'model',
  WEIGHTS_NOT_FOUND: 'weights',
}

function blamingTheField(error: UnrollError, from: InitFrom): UnrollError {
  const field = FIELDS[error.code]
  if (field === undefined) return error
  const fault: Fault = { pointer: `/init_from/${field}`, detail: `Must exist: ${error.message}`, value: from[field] }
  return new UnrollError(error.code, error.message, { faults: [fault], cause: error })
}

function unsuitable(field: keyof InitFrom, value: unknown, wanted: string): UnrollError {
  return new UnrollError('WEIGHTS_UNSUITABLE', 'Cannot start from these weights', {
    faults: [{ pointer: `/init_from/${field}`, detail: `${wanted}: current value is "${String(value)}"`, value }],
  })
}
