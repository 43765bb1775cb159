import type { Fault } from './fault.ts'
import { overlap, parsePointer } from './pointer.ts'

/**
 * A constraint between the fields of a body, each of which may be valid by itself. It reads the body as if all of it were
 * valid: `judge` ends it where it comes to a place that has a fault.
 */
export type Rule<Body> = (body: Body) => Fault | undefined

/** What a rule comes to at a place that has a fault. */
class UnsoundError extends Error {}

/**
 * The given faults, and those of the rules that read no place with a fault: the fault of another would be a consequence,
 * and the values may not have their types. The fault of a rule is one for the rules after it.
 *
 * @param unsound pointers of what no rule can read, those of the faults among them
 */
export function judge<Body>(
  body: Body,
  rules: readonly Rule<Body>[],
  { faults, unsound }: { readonly faults: readonly Fault[]; readonly unsound: readonly string[] },
): Fault[] {
  const found = [...faults]
  if (unsound.includes('')) return found
  const guarded = structuredClone(body)
  for (const pointer of unsound) forbid(guarded, pointer)
  for (const rule of rules) {
    const fault = evaluate(rule, guarded)
    if (fault === undefined) continue
    found.push(fault)
    forbid(guarded, fault.pointer)
  }
  return found
}

/** The fault of a rule; undefined where it comes to a place that no rule can read. The clone reads the value that a fault shows. */
function evaluate<Body>(rule: Rule<Body>, guarded: Body): Fault | undefined {
  try {
    return structuredClone(rule(guarded))
  } catch (error) {
    if (error instanceof UnsoundError) return undefined
    throw error
  }
}

/** Makes what reads a place throw: the place itself, or where there is none, the first on the way to it that is missing. */
function forbid(body: unknown, pointer: string): void {
  const path = parsePointer(pointer)
  let holder = body
  for (const [at, token] of path.entries()) {
    if (typeof holder !== 'object' || holder === null) return
    const own = Object.getOwnPropertyDescriptor(holder, token)
    if (own?.get !== undefined) return // as all around it is forbidden
    if (own === undefined || at === path.length - 1) {
      Object.defineProperty(holder, token, { get: refuse, enumerable: true, configurable: true })
      return
    }
    holder = own.value
  }
}

function refuse(): never {
  throw new UnsoundError('A place that has a fault')
}

/** Whether there is no fault at a place, around it or within it. */
export function isSound(pointer: string, faults: readonly Fault[]): boolean {
  return !faults.some((fault) => overlap(fault.pointer, pointer))
}
