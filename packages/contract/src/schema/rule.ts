import type { Fault } from './fault.ts'
import { overlap } from './pointer.ts'

/** What must hold between the fields of a body, each of which may be right by itself. */
export interface Rule<Body> {
  /**
   * Pointers of all that it looks at, the fields that tell which variant a part is of among them. Where something is wrong
   * there the rule is silent: its fault would be a consequence, and the values need not be what their types say.
   */
  reads: readonly string[]
  fault: (body: Body) => Fault | undefined
}

/** The faults found so far, and those of the rules that can be judged. What a rule finds silences the later ones that read it. */
export function judge<Body>(body: Body, rules: readonly Rule<Body>[], found: readonly Fault[]): Fault[] {
  const faults = [...found]
  for (const { reads, fault } of rules) {
    const another = reads.every((pointer) => isSound(pointer, faults)) ? fault(body) : undefined
    if (another !== undefined) faults.push(another)
  }
  return faults
}

/** Whether nothing is wrong at a place, around it or within it. */
export function isSound(pointer: string, faults: readonly Fault[]): boolean {
  return !faults.some((fault) => overlap(fault.pointer, pointer))
}
