import { UnrollError, type ErrorCode } from '@unroll/contract'

const AT_ONCE = 8 // jobs made, cancelled or deleted, checkpoints copied

/** Runs the work for every item, a few at a time. */
export async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE)
    await Promise.all(items.slice(from, from + AT_ONCE).map(work))
}

/** The result of `work`; undefined if it throws the error of a code. */
export async function unless<Value>(code: ErrorCode, work: Promise<Value>): Promise<Value | undefined> {
  return await work.catch((error: unknown) => {
    if (error instanceof UnrollError && error.code === code) return undefined
    throw error
  })
}
