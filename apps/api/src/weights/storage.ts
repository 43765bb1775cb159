import { createHash, randomBytes } from 'node:crypto'
import { collect, once, weightsKey } from '@unroll/artifacts'
import { MOST_WEIGHTS_BYTES, UnrollError, newId, type Weights } from '@unroll/contract'
import { describeWeightsApart } from '@unroll/exports'
import { bounded } from '../datasets/size.ts'
import { deleteUnrecorded } from '../storage/unrecorded.ts'
import type { Pace } from '../limits/pace.ts'
import type { OwnerLimits } from '@unroll/store'
import type { Services } from '../types.ts'

/**
 * Stores a file of weights that can be read: its bytes first, its record last. Nothing is left of one that is refused.
 *
 * @throws {UnrollError} WEIGHTS_TOO_LARGE, WEIGHTS_INVALID, QUOTA_EXCEEDED
 * @throws {ArtifactWriteError}
 */
export async function storeWeights(
  { store, artifacts }: Pick<Services, 'store' | 'artifacts'>,
  source: AsyncIterable<Uint8Array>,
  { name, owner, limits, pace }: { name: string | undefined; owner: string; limits: OwnerLimits; pace: Pace },
): Promise<Weights> {
  const file = await collect(bounded(source, refuseSize, pace))
  const sha256 = createHash('sha256').update(file).digest('hex')
  const found = await describeWeightsApart(Uint8Array.from(file))
  const now = Date.now()
  const id = newId('weights', now, randomBytes(16))
  const created_at = new Date(now).toISOString()
  const record = { id, object: 'weights', name: name ?? id, ...found, bytes: file.length, sha256, created_at } as const
  await store.stored.put(owner, id, file.length, limits)
  await artifacts.put(weightsKey(id), once(file)).catch(async (error: unknown) => {
    await store.stored.drop(owner, [id])
    throw error
  })
  await store.weights.put(record, owner).catch(async (error: unknown) => {
    await deleteUnrecorded(error, {
      find: () => store.weights.get(id),
      remove: async () => {
        await artifacts.delete(weightsKey(id))
        await store.stored.drop(owner, [id])
      },
    })
    throw error
  })
  return record
}

/** @throws {UnrollError} WEIGHTS_TOO_LARGE */
export function refuseAnnouncedWeights(contentLength: string | undefined): void {
  if (Number(contentLength ?? 0) > MOST_WEIGHTS_BYTES) throw tooLarge(`it has ${contentLength}`)
}

/** WEIGHTS_TOO_LARGE once there are too many bytes. */
function refuseSize(bytes: number): UnrollError | undefined {
  return bytes > MOST_WEIGHTS_BYTES ? tooLarge('it is larger') : undefined
}

function tooLarge(size: string): UnrollError {
  const most = `at most ${MOST_WEIGHTS_BYTES} bytes`
  return new UnrollError('WEIGHTS_TOO_LARGE', `Cannot store the weights: the file must have ${most}`, {
    faults: [{ pointer: '', detail: `Must have ${most}: ${size}` }],
  })
}
