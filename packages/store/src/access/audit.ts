import type { AuditRecord, Page } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { isoTime } from '../redis/iso_time.ts'
import { PAGE_LIMIT, makePage, type ListOptions } from '../jobs/paging.ts'

/** Records that are kept; older ones are dropped. */
const MOST_RECORDS = 100_000
/** Before every entry. Redis takes no interval that ends before it. */
const BEFORE_ALL = /^0+-0+$/

/** What records lack that were written before tokens were taken. */
const BEFORE_TOKENS = { token_subject: null }

/** What is recorded of a request. */
export type Audited = Omit<AuditRecord, 'id' | 'object' | 'at'>

export type Audit = ReturnType<typeof audit>

/** Who changed what: a log that is appended to and never changed. */
export function audit({ db, keys }: Context) {
  return {
    /** @throws {UnrollError} STORE_UNAVAILABLE */
    async append(record: Audited): Promise<void> {
      await db.command((redis) =>
        redis.xadd(keys.audit, 'MAXLEN', '~', MOST_RECORDS, '*', 'record', JSON.stringify(record)),
      )
    },
    /** Newest first. @throws {UnrollError} STORE_UNAVAILABLE */
    async list({ after, limit = PAGE_LIMIT }: ListOptions = {}): Promise<Page<AuditRecord>> {
      if (after !== undefined && BEFORE_ALL.test(after)) return makePage([], limit, ({ id }: AuditRecord) => id)
      const from = after === undefined ? '+' : `(${after}`
      const entries = await db.command((redis) => redis.xrevrange(keys.audit, from, '-', 'COUNT', limit + 1))
      return makePage(entries.map(toRecord), limit, ({ id }) => id)
    },
  }
}

/** The time of an entry is the first part of its id. */
function toRecord([id, [, json = '{}']]: [id: string, fields: string[]]): AuditRecord {
  const at = isoTime(Number(id.split('-')[0]))
  return { id, object: 'audit_record', at, ...BEFORE_TOKENS, ...(JSON.parse(json) as Audited) }
}
