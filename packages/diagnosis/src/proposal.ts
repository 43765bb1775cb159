import { amend, parseJobSpec, type JobSpec } from '@unroll/spec'
import type { Remedy } from './rule.ts'

export interface Proposal {
  advice: string
  /** A JSON merge patch (RFC 7396) of the specification. */
  changes: Record<string, unknown>
}

/** The first remedy that changes the specification into one that can be accepted, or null. */
export function propose(spec: JobSpec, remedies: readonly Remedy[]): Proposal | null {
  for (const { advice, sections } of remedies) {
    const wanted = parseJobSpec({ ...spec, ...sections })
    if (!wanted.ok) continue
    const changes = patchBetween({ ...spec }, { ...wanted.value })
    if (Object.keys(changes).length > 0 && amend(spec, changes).ok) return { advice, changes }
  }
  return null
}

/** The merge patch that turns `from` into `to`. Null values of `to` are defaults, so that removing them says the same. */
function patchBetween(from: Record<string, unknown>, to: Record<string, unknown>): Record<string, unknown> {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])]
  const changed = names.filter((name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]))
  return Object.fromEntries(changed.map((name) => [name, changeBetween(from[name], to[name])]))
}

function changeBetween(from: unknown, to: unknown): unknown {
  return isRecord(from) && isRecord(to) ? patchBetween(from, to) : (to ?? null)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
