import type { FindingCode, JobSpec } from '@unroll/contract'
import type { Observations } from './observations.ts'

/** A change of the specification that may help, as its changed sections. */
export interface Remedy {
  advice: string
  sections: Partial<JobSpec>
}

/** The evidence of a rule. Layers count from 0, time steps and training steps from 1; neither is named where it is the whole network's. */
export interface Symptom {
  layer?: number | undefined
  timestep?: number | undefined
  fromStep: number
  toStep: number
  figures: Record<string, number>
  /** What to consider where no change is proposed. */
  advice?: string
  /** In order of preference: the first that gives a valid specification is proposed. */
  remedies: readonly Remedy[]
}

/** Looks for one fault in the numbers of a run; null if it is absent or cannot be judged yet. */
export interface Rule {
  code: FindingCode
  /**
   * The first training step at which the rule has enough data; or the reason, in words, why it never has in runs of
   * this specification: its input is not measured or not requested.
   */
  from(spec: JobSpec): number | string
  find(seen: Observations): Symptom | null
}
