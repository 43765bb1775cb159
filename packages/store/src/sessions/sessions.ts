// Sessions. What is asked of one is a log, which is both the way to its worker and what its state is made again from after the
// death of that worker: a checkpoint, and the commands since. One worker at a time holds the lease of a session.

import { randomBytes } from 'node:crypto'
import { DEFAULT_OWNER, UnrollError, type Page, type Session } from '@unroll/contract'
import { PAGE_LIMIT, makePage, type ListOptions } from '../jobs/paging.ts'
import type { Context } from '../redis/context.ts'
import { noSuchSession } from '../redis/errors.ts'
import { encodeCommand, type SessionAnswer, type SessionCommand } from './commands.ts'
import { SESSIONS_TOPIC, parseSession, type SessionCheckpoint, type SessionRecord } from './records.ts'

/** Bytes of the commands of a session that its worker has not yet saved. */
const MOST_LOG_BYTES = 2 ** 28
/** Bounds what a lost message costs. */
const LOOK_MS = 1_000

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
      if (outcome === 'created') return { ...record, status: 'asleep', step: 0 }
      throw new UnrollError(
        'QUOTA_EXCEEDED',
        `Cannot make a session: owner "${owner}" has ${count} of ${most} (limit sessions); delete one`,
      )
    },
    /** @throws {UnrollError} SESSION_NOT_FOUND, STORE_UNAVAILABLE */
    async get(id: string): Promise<Session> {
      const stored = parseSession(await db.command((redis) => redis.hget(keys.sessions, id)))
      if (stored === undefined) throw noSuchSession(id)
      return await describe(context, stored.record)
    },
    /** Newest first. */
    async list({ after, limit = PAGE_LIMIT, owner }: ListOptions = {}): Promise<Page<Session>> {
      const records = await db.command((redis) => redis.hvals(keys.sessions))
      const wanted = records
        .flatMap((json) => parseSession(json) ?? [])
        .filter((each) => owner === undefined || each.owner === owner)
        .map(({ record }) => record)
        .filter(({ id }) => after === undefined || id < after)
        .toSorted((a, b) => (a.id < b.id ? 1 : -1)) // ids sort by creation
      const page = makePage(wanted.slice(0, limit + 1), limit, ({ id }) => id)
      return { ...page, data: await Promise.all(page.data.map((record) => describe(context, record))) }
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
      const stored = parseSession(await db.command((redis) => redis.hget(keys.sessions, id)))
      if (stored === undefined) throw noSuchSession(id)
      const [, checkpoint] = await db.script<[0 | 1, string]>(
        'delete_session',
        [keys.sessions, keys.sessionsOf(stored.owner), keys.session(id), keys.sessionLog(id), keys.sessionLeases],
        [id],
      )
      return checkpoint === '' ? undefined : (JSON.parse(checkpoint) as SessionCheckpoint)
    },
    /**
     * Adds a command to the log of a session and waits for its answer.
     *
     * @throws {UnrollError} SESSION_NOT_FOUND, SESSION_FAILED, SESSION_BUSY, SESSION_TIMEOUT where no worker has answered, which
     * one may do later; STORE_UNAVAILABLE
     */
    async ask(id: string, command: SessionCommand): Promise<SessionAnswer> {
      const name = randomBytes(12).toString('base64url')
      const news = new News()
      const unsubscribe = await context.control.subscribe(name, () => news.tell())
      try {
        await append(context, id, encodeCommand(name, command))
        return await awaitAnswer(context, { id, name }, news)
      } finally {
        unsubscribe()
      }
    },
  }
}

async function append(context: Context, id: string, command: Buffer): Promise<void> {
  const { db, keys } = context
  const outcome = await db.script<'added' | 'none' | 'failed' | 'full'>(
    'append_command',
    [keys.session(id), keys.sessionLog(id), keys.sessionLeases],
    [id, command, MOST_LOG_BYTES, keys.control, SESSIONS_TOPIC, context.clock()],
  )
  if (outcome === 'none') throw noSuchSession(id)
  if (outcome === 'failed') throw await explainFailure(context, id)
  if (outcome === 'full')
    throw new UnrollError(
      'SESSION_BUSY',
      `Cannot take the command: session "${id}" has ${MOST_LOG_BYTES} bytes of commands that wait or are not saved yet`,
    )
}

/** Whether there is something to look at. */
class News {
  #isTold = false
  #wake: (() => void) | undefined

  tell(): void {
    this.#isTold = true
    this.#wake?.()
  }

  /** Waits for what is told since the last wait, for `ms` at most. */
  async wait(ms: number): Promise<void> {
    if (!this.#isTold) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    }
    this.#isTold = false
  }
}

async function awaitAnswer(
  context: Context,
  { id, name }: { id: string; name: string },
  news: News,
): Promise<SessionAnswer> {
  const { db, keys, timing } = context
  const begun = performance.now()
  const untakenMs = Math.min(timing.predictionMs, timing.sessionMs)
  for (;;) {
    await news.wait(LOOK_MS)
    const json = await db.command((redis) => redis.getdel(keys.answer(name)))
    if (json !== null) return JSON.parse(json) as SessionAnswer
    const waited = performance.now() - begun
    if (waited < untakenMs || (waited < timing.sessionMs && (await isTaken(context, id)))) continue
    if ((await readStatus(context, id)) === 'failed') throw await explainFailure(context, id)
    throw new UnrollError(
      'SESSION_TIMEOUT',
      `No worker has answered within ${Math.round(waited / 1_000)} s; the command is computed when one takes session "${id}"`,
    )
  }
}

/** Whether a worker has the session, or had it until its death: another one then takes it, once the lease has run out. */
async function isTaken({ db, keys }: Context, id: string): Promise<boolean> {
  return Number(await db.command((redis) => redis.zscore(keys.sessionLeases, id))) > 0
}

async function describe(context: Context, record: SessionRecord): Promise<Session> {
  const { db, keys } = context
  const [step, status] = await Promise.all([
    db.command((redis) => redis.hget(keys.session(record.id), 'step')),
    readStatus(context, record.id),
  ])
  return { ...record, status, step: Number(step) }
}

async function readStatus({ db, keys }: Context, id: string): Promise<Session['status']> {
  const [failed, lease] = await Promise.all([
    db.command((redis) => redis.hget(keys.session(id), 'failed')),
    db.command((redis) => redis.zscore(keys.sessionLeases, id)),
  ])
  if (failed !== null) return 'failed'
  return lease === null ? 'asleep' : 'awake'
}

async function explainFailure({ db, keys }: Context, id: string): Promise<UnrollError> {
  const why = await db.command((redis) => redis.hget(keys.session(id), 'failed'))
  return new UnrollError('SESSION_FAILED', `Cannot go on with session "${id}": ${why ?? 'it has failed'}`)
}
