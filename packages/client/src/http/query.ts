type Scalar = string | number | boolean

/** Parameters of a query. Lists are joined by commas, records become `name[key]=value`, undefined is left out. */
export type Query = Record<string, Scalar | readonly Scalar[] | Record<string, string> | undefined>

export function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => pairs(name, value)))
  return parameters.size === 0 ? '' : `?${parameters}`
}

function pairs(name: string, value: Query[string]): [string, string][] {
  if (value === undefined) return []
  if (typeof value !== 'object') return [[name, String(value)]]
  if (isList(value)) return [[name, value.join(',')]]
  return Object.entries(value).map(([key, text]) => [`${name}[${key}]`, text])
}

function isList(value: readonly Scalar[] | Record<string, string>): value is readonly Scalar[] {
  return Array.isArray(value)
}
