// Sessions. What is asked of one is a log, which is both the way to its worker and what its state is made again from after the
// death of that worker: a checkpoint, and the commands since. One worker at a time holds the lease of a session.

import { DEFAULT_OWNER, UnrollError, type Page, type Session, type SessionDetail } from '@unroll/contract'
import { PAGE_LIMIT, makePage, type ListOptions } from '../jobs/paging.ts'
import type { Context } from '../redis/context.ts'
import { noSuchSession } from '../redis/errors.ts'
import { asking } from './asking.ts'
import { describeInDetail, describeSession } from './descriptions.ts'
import { parseSession, type SessionCheckpoint, type SessionRecord, type StoredSession } from './records.ts'

export type Sessions = ReturnType<typeof sessions>

/** Records of sessions, and what is asked of them. */
export function sessions(context: Context) {
  const { db, keys } = context
  return {
    /** @throws {UnrollError} QUOTA_EXCEEDED, STORE_UNAVAILABLE */
    async create(record: SessionRecord, owner: string = DEFAULT_OWNER, most: number = Infinity): Promise<Session> {
      const { id } = record
      const [outcome, count] = await db.script<['created' | 'full', number]>(
        'create_session',
        [keys.sessions, keys.sessionsOf(owner), keys.session(id)],
        [id, JSON.stringify({ ...record, owner }), most === Infinity ? '' : most],
      )
      if (outcome === 'created') return { ...record, owner, status: 'asleep', step: 0, used_at: null }
      throw new UnrollError(
        'QUOTA_EXCEEDED',
        `Cannot make a session: owner "${owner}" has ${count} of ${most} (limit sessions); delete one`,
      )
    },
    /** @throws {UnrollError} SESSION_NOT_FOUND, STORE_UNAVAILABLE */
    async get(id: string): Promise<Session> {
      return await describeSession(context, await findSession(context, id))
    },
    /** With what it was last asked. @throws {UnrollError} SESSION_NOT_FOUND, STORE_UNAVAILABLE */
    async getDetail(id: string): Promise<SessionDetail> {
      return await describeInDetail(context, await findSession(context, id))
    },
    /** Newest first. */
    async list({ after, limit = PAGE_LIMIT, owner }: ListOptions = {}): Promise<Page<Session>> {
      const records = await db.command((redis) => redis.hvals(keys.sessions))
      const wanted = records
        .flatMap((json) => parseSession(json) ?? [])
        .filter((each) => owner === undefined || each.owner === owner)
        .filter(({ record: { id } }) => after === undefined || id < after)
        .toSorted((a, b) => (a.record.id < b.record.id ? 1 : -1)) // ids sort by creation
      const page = makePage(wanted.slice(0, limit + 1), limit, ({ record }) => record.id)
      return { ...page, data: await Promise.all(page.data.map((stored) => describeSession(context, stored))) }
    },
    /** How many sessions an owner has. */
    count: (owner: string) => db.command((redis) => redis.scard(keys.sessionsOf(owner))),
    /** The checkpoint that counts; undefined where there is none, or no such session. */
    async findCheckpoint(id: string): Promise<SessionCheckpoint | undefined> {
      const json = await db.command((redis) => redis.hget(keys.session(id), 'checkpoint'))
      return json === null ? undefined : (JSON.parse(json) as SessionCheckpoint)
    },
    /**
     * Deletes a session.
     *
     * @returns its checkpoint, whose file nothing references any more
     * @throws {UnrollError} SESSION_NOT_FOUND, STORE_UNAVAILABLE
     */
    async delete(id: string): Promise<SessionCheckpoint | undefined> {
      const { owner } = await findSession(context, id)
      const others = [keys.sessionLog, keys.sessionAnswers, keys.sessionUpdates, keys.sessionFiles].map((key) =>
        key(id),
      )
      const [, checkpoint] = await db.script<[0 | 1, string]>(
        'delete_session',
        [keys.sessions, keys.sessionsOf(owner), keys.session(id), keys.sessionLeases, ...others],
        [id],
      )
      return checkpoint === '' ? undefined : (JSON.parse(checkpoint) as SessionCheckpoint)
    },
    ...asking(context),
  }
}

async function findSession({ db, keys }: Context, id: string): Promise<StoredSession> {
  const stored = parseSession(await db.command((redis) => redis.hget(keys.sessions, id)))
  if (stored === undefined) throw noSuchSession(id)
  return stored
}
