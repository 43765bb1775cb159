import type { FindingCode, JobSpec } from '@unroll/contract'
import type { Observations } from './observations.ts'

/** A change of the specification that may help, as the sections that become other ones. */
export interface Remedy {
  advice: string
  sections: Partial<JobSpec>
}

/** What a rule saw. Layers count from 0, time steps and training steps from 1. */
export interface Symptom {
  layer: number | null
  timestep: number | null
  fromStep: number
  toStep: number
  figures: Record<string, number>
  /** In order of preference: the first that makes a specification that can be accepted is proposed. */
  remedies: readonly Remedy[]
}

/** Looks for one thing in the numbers of a run; null where it is not there, or cannot be told yet. */
export interface Rule {
  code: FindingCode
  /**
   * The first training step at which the rule has enough to look at; or, in words, why it never will in runs of this
   * specification: what is not measured, or not asked for.
   */
  from(spec: JobSpec): number | string
  find(seen: Observations): Symptom | null
}
