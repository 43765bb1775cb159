/** Creates an element for each item, again only for a changed one, so that focus and selection stay. */
export function keyedElements<Item>(make: (item: Item) => HTMLElement): (items: readonly Item[]) => HTMLElement[] {
  let made = new Map<string, HTMLElement>()
  return (items) => {
    const next = new Map(
      items.map((item) => {
        const key = JSON.stringify(item)
        return [key, made.get(key) ?? make(item)] as const
      }),
    )
    made = next
    return [...next.values()]
  }
}
