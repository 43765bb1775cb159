import type { Page } from '@unroll/contract'

/** Every item of a list, page after page. */
export async function* iterateItems<Item>(
  page: (after: string | undefined) => Promise<Page<Item>>,
  after?: string,
): AsyncGenerator<Item> {
  for (;;) {
    const { data, next } = await page(after)
    yield* data
    if (next === null) return
    after = next
  }
}
