/** The names on the way that a JSON Pointer (RFC 6901) describes. */
export function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The JSON Pointer of a way through names. */
export function pointerOf(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** What a pointer leads to; undefined where there is nothing. */
export function valueAt(value: unknown, pointer: string): unknown {
  return tokensOf(pointer).reduce<unknown>(
    (inner, token) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[token] : undefined,
    value,
  )
}

/** Whether one of two pointers leads to what lies within the other, or both to the same. */
export function overlap(one: string, other: string): boolean {
  const [outer, inner] = one.length < other.length ? [one, other] : [other, one]
  return inner.startsWith(outer) && (inner.length === outer.length || inner[outer.length] === '/')
}
