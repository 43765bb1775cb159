import { amend, isRecord, parseJobSpec, type JobSpec } from '@unroll/contract'
import type { Remedy } from './rule.ts'

export interface Proposal {
  advice: string
  /** A JSON merge patch (RFC 7396) of the specification. */
  changes: Record<string, unknown>
}

/** The first remedy that gives a valid changed specification, or null. */
export function propose(spec: JobSpec, remedies: readonly Remedy[]): Proposal | null {
  for (const { advice, sections } of remedies) {
    const wanted = parseJobSpec({ ...spec, ...sections })
    if (!wanted.ok) continue
    const changes = patchBetween({ ...spec }, { ...wanted.value })
    if (Object.keys(changes).length > 0 && amend(spec, changes).ok) return { advice, changes }
  }
  return null
}

/** The merge patch from `from` to `to`. Null values of `to` are defaults, so that their removal means the same. */
function patchBetween(from: Record<string, unknown>, to: Record<string, unknown>): Record<string, unknown> {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])]
  return Object.fromEntries(names.flatMap((name) => changeBetween(name, from[name], to[name])))
}

/** The change of one field; none if the values are equal, in any order of members. A field that is not there is null. */
function changeBetween(name: string, from: unknown = null, to: unknown = null): [string, unknown][] {
  if (!isRecord(from) || !isRecord(to)) return JSON.stringify(from) === JSON.stringify(to) ? [] : [[name, to]]
  const inner = patchBetween(from, to)
  return Object.keys(inner).length === 0 ? [] : [[name, inner]]
}
