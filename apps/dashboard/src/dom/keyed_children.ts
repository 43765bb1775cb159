import { setChildren } from './element.ts'

/** Shows an element for each item in `parent`: one of an unchanged item stays as it is, with its focus, selection and a click that is under way. */
export function keyedChildren<Item>(
  parent: Element,
  make: (item: Item) => HTMLElement,
): (items: readonly Item[]) => void {
  let made = new Map<string, HTMLElement>()
  return (items) => {
    made = new Map(
      items.map((item) => {
        const key = JSON.stringify(item)
        return [key, made.get(key) ?? make(item)] as const
      }),
    )
    setChildren(parent, [...made.values()])
  }
}
