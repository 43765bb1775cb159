// The processes of a fleet, each with its build: incompatible builds refuse to start beside each other.

import { RELEASE, mixes, type Release } from '@unroll/contract'
import type { Context } from '../redis/context.ts'

/** Number of signs of life within the time after which a silent process is forgotten. */
const BEATS = 4

/** An API or worker process of a fleet. */
export interface Member {
  readonly role: 'api' | 'worker'
  readonly host: string
  readonly pid: number
  readonly release: Release
  /** The id of its artifact store; absent if unknown. */
  readonly artifacts?: string
}

/** A process that joins: its role and its host. */
export type Joining = Omit<Member, 'release'> & { release?: Release }

/** The error of a build that is incompatible with another of the fleet. */
export class ReleaseMismatchError extends Error {
  override readonly name = 'ReleaseMismatchError'
}

export function members({ db, keys, now, timing }: Context) {
  return {
    /** The running processes, by their last sign of life. */
    async list(): Promise<Member[]> {
      const since = (await now()) - timing.workerLostMs
      const found = await db.command((redis) => redis.zrangebyscore(keys.members, since, '+inf'))
      return found.map((json) => JSON.parse(json) as Member)
    },
  }
}

/**
 * Registers this process as a member while it runs.
 *
 * @returns a function that leaves
 * @throws {ReleaseMismatchError} when its build is incompatible with that of another member, naming both
 */
export async function join(context: Context, { release = RELEASE, ...joining }: Joining): Promise<() => Promise<void>> {
  const { db, keys, now, timing, onError } = context
  const own: Member = { ...joining, release }
  for (const other of await members(context).list()) if (!mixes(release, other.release)) throw mismatch(own, other)
  const entry = JSON.stringify(own)
  const beat = async () => {
    const at = await now()
    await db.command((redis) => redis.zadd(keys.members, at, entry))
    await db.command((redis) => redis.zremrangebyscore(keys.members, '-inf', at - timing.workerLostMs))
  }
  await beat()
  const timer = setInterval(() => void beat().catch(onError), timing.workerLostMs / BEATS).unref()
  return async () => {
    clearInterval(timer)
    await db.command((redis) => redis.zrem(keys.members, entry)).catch(onError) // it is forgotten after its time
  }
}

const NAMES: Record<Member['role'], string> = { api: 'API', worker: 'worker' }

function mismatch(own: Member, other: Member): ReleaseMismatchError {
  const [older, newer] = own.release.protocol < other.release.protocol ? [own, other] : [other, own]
  const { mixesFrom } = newer.release
  return new ReleaseMismatchError(
    `Cannot join the fleet as ${described(own)} does not mix with ${described(other)} on ${other.host}: ` +
      `${newer.release.version} mixes with protocol ${mixesFrom} and newer; bring ${older === own ? `this ${NAMES[own.role]}` : `that ${NAMES[other.role]}`} to such a version, or stop the other first`,
  )
}

function described({ role, release: { version, protocol } }: Member): string {
  return `${NAMES[role]} ${version} (protocol ${protocol})`
}
