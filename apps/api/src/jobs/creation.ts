import { randomBytes } from 'node:crypto'
import { initialWeightsKey, once } from '@unroll/artifacts'
import { newId, type Estimate, type Initialisation, type JobSpec } from '@unroll/contract'
import { checkWeightsApart } from '@unroll/exports'
import type { CreateOptions } from '@unroll/store'
import { deleteUnrecorded } from '../storage/unrecorded.ts'
import type { Services } from '../types.ts'
import { openSource, type WeightsSource } from '../weights/source.ts'
import { admit, findVisibleDataset, type FindDataset } from './admission.ts'
import type { Made } from './fork.ts'

type Needed = Pick<Services, 'store' | 'artifacts'>

/** A job that can be created. */
export interface Prepared {
  /** The source of its first weights is pinned in it. */
  spec: JobSpec
  estimate: Estimate
  first?: { bytes: Uint8Array; initialisation: Initialisation }
}

export interface Preparing {
  /** Whose data sets and weights it may use. @default everybody's */
  owner?: string | undefined
  findDataset?: FindDataset
  open?: (from: NonNullable<JobSpec['init_from']>) => Promise<WeightsSource>
}

/**
 * Checks that a valid specification can run here, also from the weights that it names.
 *
 * @throws {UnrollError} those of `admit`, `openSource` and `checkWeightsApart`
 */
export async function prepareJob(
  { store, artifacts }: Needed,
  spec: JobSpec,
  {
    owner,
    findDataset = findVisibleDataset(store, owner),
    open = (from) => openSource({ store, artifacts }, from, { owner }),
  }: Preparing = {},
): Promise<Prepared> {
  const { estimate, problem, decoding } = await admit(spec, findDataset)
  if (!spec.init_from) return { spec, estimate } // absent from older records
  const { pinned, bytes } = await open(spec.init_from)
  const pinnedSpec = { ...spec, init_from: pinned }
  const initialisation = await checkWeightsApart(bytes.slice(), { spec: pinnedSpec, problem, decoding })
  return { spec: pinnedSpec, estimate, first: { bytes, initialisation } }
}

/**
 * Creates a job that trains from its start, which may be weights of which it gets a copy.
 *
 * @throws {ArtifactWriteError} and those of `jobs.create`
 */
export async function createJob(
  { store, artifacts }: Needed,
  { spec, estimate, first }: Prepared,
  options: CreateOptions = {},
): Promise<Made> {
  if (first === undefined) return await store.jobs.create(spec, estimate, options)
  const id = options.id ?? newId('job', Date.now(), randomBytes(16))
  const key = initialWeightsKey(id)
  await artifacts.put(key, once(first.bytes))
  const { initialisation } = first
  const made = await store.jobs
    .create(spec, estimate, { ...options, id, initialisation })
    .catch(async (error: unknown) => {
      // Of a planned job another process may have made use of it.
      if (options.id === undefined)
        await deleteUnrecorded(error, { find: () => store.jobs.get(id), remove: () => artifacts.delete(key) })
      throw error
    })
  if (made.replayed && made.job.id !== id) await artifacts.delete(key)
  return made
}
