// A step that is timed in a process of its own.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const STEP = fileURLToPath(new URL('./step.js', import.meta.url))

/** The line that `step.ts` prints. */
export interface StepLine {
  readonly impl: string
  readonly version: string
  readonly start_ms: number
  readonly median_ms: number
  readonly loss_first: number
  readonly peak_mib: number
  readonly beyond_idle_mib: number
}

/** Runs `step.ts` with the given options. Errors: Error when it cannot run. */
export function timedStep(given: Readonly<Record<string, string | number>>): StepLine {
  const options = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)])
  return JSON.parse(execFileSync(process.execPath, [STEP, ...options], { encoding: 'utf8' })) as StepLine
}
