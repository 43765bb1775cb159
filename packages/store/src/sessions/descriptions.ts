// Where a session is and what it was last asked, as it is told.

import { MOST_TOLD, UnrollError, type Session, type SessionDetail, type SessionUpdate } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { isoTime } from '../redis/iso_time.ts'
import { parseWeights } from '../weights.ts'
import type { SessionAnswer } from './commands.ts'
import type { StoredSession } from './records.ts'

export async function describeSession({ db, keys }: Context, { record, owner }: StoredSession): Promise<Session> {
  const { id } = record
  const [[step, failed = null, used = null], lease] = await Promise.all([
    db.command((redis) => redis.hmget(keys.session(id), 'step', 'failed', 'used')),
    db.command((redis) => redis.zscore(keys.sessionLeases, id)),
  ])
  const status = nameStatus(failed, lease)
  return { ...record, owner, status, step: Number(step), used_at: used === null ? null : isoTime(Number(used)) }
}

/** The same with its newest updates, its last batch and the files that it has saved. */
export async function describeInDetail(context: Context, stored: StoredSession): Promise<SessionDetail> {
  const { db, keys } = context
  const { id } = stored.record
  const readNewest = (key: string) => db.command((redis) => redis.lrange(key, 0, MOST_TOLD - 1))
  const [session, updates, batch, saved] = await Promise.all([
    describeSession(context, stored),
    readNewest(keys.sessionUpdates(id)),
    readBatch(context, id),
    readNewest(keys.sessionFiles(id)).then((files) =>
      describeFiles(context, files.map(parseFields) as unknown as SavedFile[]),
    ),
  ])
  return { ...session, updates: updates.map(parseFields).toReversed() as unknown as SessionUpdate[], batch, saved }
}

async function readBatch({ db, keys }: Context, id: string): Promise<SessionDetail['batch']> {
  const name = await db.command((redis) => redis.hget(keys.session(id), 'batch'))
  const json = name === null ? null : await db.command((redis) => redis.hget(keys.sessionAnswers(id), `a:${name}`))
  if (json === null || json === '') return null
  return { object: 'forward_backward', session: id, ...parseFields(json) } as SessionDetail['batch']
}

type SavedFile = Omit<SessionDetail['saved'][number], 'name'>

/** Files whose record there is. */
async function describeFiles({ db, keys }: Context, files: readonly SavedFile[]): Promise<SessionDetail['saved']> {
  if (files.length === 0) return []
  const records = await db.command((redis) => redis.hmget(keys.weights, ...files.map(({ weights }) => weights)))
  return files.flatMap(({ weights, step, bytes, created_at }, at) => {
    const record = parseWeights(records[at] ?? null)
    return record === undefined ? [] : [{ weights, name: record.weights.name, step, bytes, created_at }]
  })
}

/** The fields of an answer in JSON. */
function parseFields(json: string): Readonly<Record<string, unknown>> {
  return (JSON.parse(json) as Extract<SessionAnswer, { type: 'answered' }>).fields
}

export async function readStatus({ db, keys }: Context, id: string): Promise<Session['status']> {
  const [failed, lease] = await Promise.all([
    db.command((redis) => redis.hget(keys.session(id), 'failed')),
    db.command((redis) => redis.zscore(keys.sessionLeases, id)),
  ])
  return nameStatus(failed, lease)
}

function nameStatus(failed: string | null, lease: string | null): Session['status'] {
  if (failed !== null) return 'failed'
  return lease === null ? 'asleep' : 'awake'
}

export async function explainFailure({ db, keys }: Context, id: string): Promise<UnrollError> {
  const why = await db.command((redis) => redis.hget(keys.session(id), 'failed'))
  return new UnrollError('SESSION_FAILED', `Cannot go on with session "${id}": ${why ?? 'it has failed'}`)
}
