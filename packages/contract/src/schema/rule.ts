import type { Fault } from './fault.ts'
import { overlap } from './pointer.ts'

/** A constraint between the fields of a body, each of which may be valid by itself. */
export interface Rule<Body> {
  /**
   * Pointers of all fields that it reads, including the discriminators of variants. If one of them has a fault, the
   * rule is skipped: its fault would be a consequence, and the values may not have their types.
   */
  reads: readonly string[]
  fault: (body: Body) => Fault | undefined
}

/**
 * The given faults, and those of the rules that can be evaluated. The faults of a rule skip the later rules that read
 * the same place.
 */
export function judge<Body>(body: Body, rules: readonly Rule<Body>[], found: readonly Fault[]): Fault[] {
  const faults = [...found]
  for (const { reads, fault } of rules) {
    const another = reads.every((pointer) => isSound(pointer, faults)) ? fault(body) : undefined
    if (another !== undefined) faults.push(another)
  }
  return faults
}

/** Whether there is no fault at a place, around it or within it. */
export function isSound(pointer: string, faults: readonly Fault[]): boolean {
  return !faults.some((fault) => overlap(fault.pointer, pointer))
}
