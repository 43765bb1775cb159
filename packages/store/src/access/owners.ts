import { DEFAULT_OWNER } from '@unroll/contract'
import { parseDataset } from '../datasets.ts'
import type { Context } from '../redis/context.ts'
import { noSuchDataset, noSuchJob, noSuchModel, noSuchSession, noSuchSweep, noSuchWeights } from '../redis/errors.ts'
import { parseSession } from '../sessions/records.ts'
import { parseWeights } from '../weights.ts'

/** Things that belong to an owner by themselves; checkpoints, events and evaluations belong to that of their job. */
export type OwnedKind = 'job' | 'sweep' | 'session' | 'dataset' | 'weights' | 'model'

/** How the record of each kind tells its owner, and what is said where there is none for the caller. */
const KINDS = {
  job: {
    read: ({ db, keys }: Context, id: string) => db.command((redis) => redis.hget(keys.record(id), 'owner')),
    missing: noSuchJob,
  },
  sweep: {
    read: ({ db, keys }: Context, id: string) => db.command((redis) => redis.hget(keys.sweepRecord(id), 'owner')),
    missing: noSuchSweep,
  },
  session: {
    read: async ({ db, keys }: Context, id: string) =>
      parseSession(await db.command((redis) => redis.hget(keys.sessions, id)))?.owner ?? null,
    missing: noSuchSession,
  },
  dataset: {
    read: async ({ db, keys }: Context, id: string) =>
      parseDataset(await db.command((redis) => redis.get(keys.dataset(id))))?.owner ?? null,
    missing: noSuchDataset,
  },
  weights: {
    read: async ({ db, keys }: Context, id: string) =>
      parseWeights(await db.command((redis) => redis.hget(keys.weights, id)))?.owner ?? null,
    missing: noSuchWeights,
  },
  model: {
    read: async ({ db, keys }: Context, name: string) => {
      const json = await db.command((redis) => redis.hget(keys.models, name))
      return (JSON.parse(json ?? '{}') as { owner?: string }).owner ?? null
    },
    missing: noSuchModel,
  },
} as const

/** Owners that are remembered: those of jobs that many poll. */
const MOST_REMEMBERED = 10_000

export type Owners = ReturnType<typeof owners>

/** Whom things belong to. What was made before there were owners, and what is not there, belongs to `DEFAULT_OWNER`. */
export function owners(context: Context) {
  const remembered = new Map<string, string>()
  const find = async (kind: OwnedKind, id: string): Promise<string> => {
    const known = remembered.get(id)
    if (known !== undefined) return known
    const owner = await KINDS[kind].read(context, id)
    if (owner === null || kind === 'model') return owner ?? DEFAULT_OWNER // a model may be deleted and made by another
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(id, owner) // it never changes, and no id is given twice
    return owner
  }
  return {
    find,
    /** The owner of a thing that was looked up before; undefined of a model, which may become another's. */
    recall: (id: string) => remembered.get(id),
    /**
     * Refuses what belongs to another as if it were not there.
     *
     * @param owner undefined for whoever sees all
     * @throws {UnrollError} of 404, STORE_UNAVAILABLE
     */
    async refuseForeign(kind: OwnedKind, id: string, owner: string | undefined): Promise<void> {
      if (owner !== undefined && (await find(kind, id)) !== owner) throw KINDS[kind].missing(id)
    },
  }
}
