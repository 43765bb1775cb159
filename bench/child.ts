// What is timed in a process of its own.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ObservedName } from './tables/observe.ts'
import type { TimedPair } from './timing.ts'

type Given = Readonly<Record<string, string | number>>

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

/** The line that `observed_pairs.ts` prints. */
export interface PairsLine {
  readonly versions: Readonly<Record<string, string>>
  /** Steps of a stretch. */
  readonly steps: number
  /** Milliseconds of a step that is observed, and of one that is not. */
  readonly times: Readonly<Partial<Record<ObservedName, readonly TimedPair[]>>>
}

/** Runs `step.ts` with the given options. Errors: Error when it cannot run. */
export function timedStep(given: Given): StepLine {
  return lineOf('step', given) as StepLine
}

/** Runs `observed_pairs.ts` with the given options. Errors: Error when it cannot run. */
export function observedPairs(given: Given): PairsLine {
  return lineOf('observed_pairs', given) as PairsLine
}

function lineOf(program: string, given: Given): unknown {
  const file = fileURLToPath(new URL(`./${program}.js`, import.meta.url))
  const options = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)])
  return JSON.parse(execFileSync(process.execPath, [file, ...options], { encoding: 'utf8' }))
}
