type Child = Node | string | null

interface Properties {
  class?: string
  text?: string
  /** The name by which tests find it. */
  testId?: string
  /** Attributes with their HTML names. The security policy of the page refuses `style`: set it through CSSOM. */
  attributes?: Readonly<Record<string, string>>
}

/** A new HTML element with its class, text, attributes and children; null children are left out. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { class: className, text, testId, attributes = {} }: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  if (className !== undefined) made.className = className
  if (text !== undefined) made.textContent = text
  if (testId !== undefined) made.dataset['testid'] = testId
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  made.append(...children.filter((child) => child !== null))
  return made
}

/** A new SVG element with its attributes and children. */
export function shape<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value))
  made.append(...children)
  return made
}

/** Sets `text` unless it is unchanged, so that a poll without news touches nothing. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}

/** Sets or removes an attribute unless it is unchanged. */
export function setAttribute(target: Element, name: string, value: string | null): void {
  if (target.getAttribute(name) === value) return
  if (value === null) target.removeAttribute(name)
  else target.setAttribute(name, value)
}

/**
 * Makes `children` the children of `parent` and leaves those in place that are in order already.
 *
 * An element that leaves the page, be it for an instant, loses its focus and the click that is under way.
 */
export function setChildren(parent: Element, children: readonly Element[]): void {
  const kept = new Set(children)
  for (const child of Array.from(parent.children)) if (!kept.has(child)) child.remove()
  for (const [at, child] of children.entries()) {
    const there = parent.children[at] ?? null
    if (there !== child) parent.insertBefore(child, there)
  }
}
