import { createHash } from 'node:crypto'
import { collect, initialWeightsKey, type Artifacts } from '@unroll/artifacts'
import { createNetwork, initialState, type Engine } from '@unroll/bptt'
import { decodeDecoding, type Initialisation, type InitFrom, type JobSpec } from '@unroll/contract'
import type { Feed } from '@unroll/tasks'
import { START, describeProgram, type RunState } from '@unroll/trainer'

/** Where a run begins that is given its first weights. */
export interface Initial {
  state: RunState
  /** What is said of it in the log of the job. */
  told: { from: InitFrom; updates: number } & Initialisation
}

/**
 * The state before the first step of a job with `init_from`; undefined without.
 *
 * @throws {ArtifactReadError | ArtifactNotFoundError} @throws {RangeError} where the job's copy of the file is damaged
 */
export async function readInitial(
  artifacts: Artifacts,
  job: string,
  { spec, feed, engine }: { spec: JobSpec; feed: Feed; engine: Engine },
): Promise<Initial | undefined> {
  const { init_from: from } = spec
  if (!from) return undefined // absent from older records
  const key = initialWeightsKey(job)
  const file = await collect(await artifacts.get(key))
  if (createHash('sha256').update(file).digest('hex') !== from.sha256)
    throw new RangeError(
      `Cannot start from artifact "${key}" as it is damaged: its bytes are not those of digest ${from.sha256}`,
    )
  const { loadWeights } = await import('@unroll/exports') // which no other job waits for
  const decoding = decodeDecoding(feed.decoding ?? {})
  const { initialisation, tensors, updates } = loadWeights(file, { spec, problem: feed.problem, decoding })
  const program = describeProgram(spec, feed, engine)
  const training = { tensors: initialState(createNetwork(program), program, tensors), updates }
  return { state: { position: START, training }, told: { from, updates, ...initialisation } }
}
