import type { JobSpec } from '@unroll/contract'

type Leaf = string | number | boolean | null

/**
 * The fields in which specifications differ, names and metadata left out: the path of each, and its value in each of them;
 * undefined if absent.
 */
export function differences(specs: readonly JobSpec[]): { path: string; values: (Leaf | undefined)[] }[] {
  const flat = specs.map((spec) => leaves(spec))
  const paths = [...new Set(flat.flatMap((fields) => [...fields.keys()]))]
  return paths
    .map((path) => ({ path, values: flat.map((fields) => fields.get(path)) }))
    .filter(({ path, values }) => !/^(?:name|metadata)\b/.test(path) && new Set(values).size > 1)
}

function leaves(node: object, prefix = ''): Map<string, Leaf> {
  const found = new Map<string, Leaf>()
  for (const [name, value] of Object.entries(node) as [string, Leaf | object][]) {
    const path = `${prefix}${name}`
    if (typeof value !== 'object' || value === null) found.set(path, value)
    else for (const [inner, leaf] of leaves(value, `${path}.`)) found.set(inner, leaf)
  }
  return found
}
