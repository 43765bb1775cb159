// Bodies with nonsense at one place, for tests of how they are refused.

/** Values that suit few fields. */
export const NONSENSE: readonly unknown[] = [null, 'x', -7, {}, [], [1]]

/** Pointers of all fields and items within a value. */
export function listPlaces(value: unknown, pointer: string = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = `${pointer}/${name}`
    return [own, ...listPlaces(inner, own)]
  })
}

/** A value with another one at a place. */
export function withNonsense(target: unknown, pointer: string, nonsense: unknown): unknown {
  return withValue(target, pointer.slice(1).split('/'), nonsense)
}

function withValue(target: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value
  if (Array.isArray(target) && Number(name) < target.length)
    return target.with(Number(name), withValue(target[Number(name)], rest, value))
  const fields = (target ?? {}) as Record<string, unknown>
  return { ...fields, [name]: withValue(fields[name], rest, value) }
}
