import type { Page } from '@unroll/contract'
import type { Context } from '../redis/context.ts'

export interface ListOptions {
  /** The `next` of the previous page. */
  after?: string
  /** Items of a page. @default 20 */
  limit?: number
  /** Only what belongs to this owner. @default all */
  owner?: string | undefined
}

export const PAGE_LIMIT = 20

/** A page of the first `limit` of `items`, which contain one more if there is another page. */
export function makePage<Item>(items: readonly Item[], limit: number, cursorOf: (item: Item) => string): Page<Item> {
  const data = items.slice(0, limit)
  const last = data.at(-1)
  const hasMore = items.length > limit && last !== undefined
  return { object: 'list', data, has_more: hasMore, next: hasMore ? cursorOf(last) : null }
}

/** Ids of a list in a sorted set with members `<prefix><id>`, newest first (ids sort by creation), after `after`. */
export async function newestIds(
  { db }: Context,
  key: string,
  { prefix = '', after, limit }: { prefix?: string; after?: string | undefined; limit: number },
): Promise<string[]> {
  const below = after === undefined ? `(${prefix}~` : `(${prefix}${after}` // "~" comes after every character of an id
  const members = await db.command((redis) => redis.zrevrangebylex(key, below, `[${prefix}`, 'LIMIT', 0, limit))
  return members.map((member) => member.slice(prefix.length))
}

/** All ids of such a list, newest first, `size` at a time. */
export async function* idChunks(
  context: Context,
  key: string,
  { prefix, size, after: start }: { prefix: string; size: number; after?: string | undefined },
): AsyncGenerator<string[]> {
  let after = start
  for (;;) {
    const ids = await newestIds(context, key, { prefix, after, limit: size })
    if (ids.length > 0) yield ids
    if (ids.length < size) return
    after = ids.at(-1)
  }
}

const FILTER_CHUNK = 100

/** Up to `limit` items of such a list, newest first, that `read` finds for its ids. */
export async function findItems<Item>(
  context: Context,
  key: string,
  { prefix = '', after, limit }: { prefix?: string; after?: string | undefined; limit: number },
  read: (ids: string[]) => Promise<Item[]>,
): Promise<Item[]> {
  const found: Item[] = []
  for await (const ids of idChunks(context, key, { prefix, after, size: Math.max(limit, FILTER_CHUNK) })) {
    found.push(...(await read(ids)))
    if (found.length >= limit) break
  }
  return found.slice(0, limit)
}
