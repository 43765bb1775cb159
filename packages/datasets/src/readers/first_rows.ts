/** Rows that decide how the rest is read. */
const FIRST_ROWS = 1000

/** The first thousand items of batches, and all of them again. */
export async function withFirst<Item>(
  batches: AsyncIterable<Item[]>,
  most: number = FIRST_ROWS,
): Promise<{ first: Item[]; all: AsyncGenerator<Item[]> }> {
  const iterator = batches[Symbol.asyncIterator]()
  const first: Item[] = []
  let isDone = false
  while (first.length < most && !isDone) {
    const next = await iterator.next()
    isDone = next.done === true
    if (next.done !== true) first.push(...next.value)
  }
  return { first, all: rest(first, iterator) }
}

async function* rest<Item>(first: Item[], iterator: AsyncIterator<Item[]>): AsyncGenerator<Item[]> {
  try {
    yield first
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}
