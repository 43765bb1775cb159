const AT_ONCE = 8 // jobs made, cancelled or deleted, checkpoints copied

/** Runs the work for every item, a few at a time. */
export async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE)
    await Promise.all(items.slice(from, from + AT_ONCE).map(work))
}
