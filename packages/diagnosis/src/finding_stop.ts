import type { FindingCode, JobSpec, RecordedFinding } from '@unroll/contract'

/** The end of a run at a finding, alone or with a new job that goes on from there. */
export type FindingIntent = 'finding' | 'fork'

/**
 * Share of max_steps for which a finding must hold before it ends the run: the gradient of a run that begins to learn
 * also grows a hundredfold within a few steps.
 */
const PATIENCE = 0.1

export interface RunNow {
  step: number
  /** A run that learns is not ended, whatever is found. */
  isLearning: boolean
}

/** Decides at which finding a run ends, by `on_finding` and `act_on` of its specification. */
export class FindingStop {
  readonly #spec: Pick<JobSpec, 'on_finding' | 'act_on' | 'training'>
  /** The findings that hold. */
  readonly #holding = new Map<FindingCode, RecordedFinding>()

  constructor(spec: Pick<JobSpec, 'on_finding' | 'act_on' | 'training'>) {
    this.#spec = spec
  }

  /**
   * Takes the findings that began or ceased to hold.
   *
   * @returns the finding at which the run ends now, if any; without a proposed change there is nothing to fork
   */
  hear(
    findings: readonly RecordedFinding[],
    now: RunNow,
  ): { finding: RecordedFinding; intent: FindingIntent } | undefined {
    const { on_finding: action = 'notify', act_on: codes = [] } = this.#spec
    if (action === 'notify') return undefined
    for (const finding of findings.filter(({ code }) => codes.includes(code))) {
      if (finding.until_step === null) this.#holding.set(finding.code, finding)
      else this.#holding.delete(finding.code)
    }
    const finding = [...this.#holding.values()].find((each) => this.#isDue(each, now))
    return finding && { finding, intent: action === 'fork' && finding.changes !== null ? 'fork' : 'finding' }
  }

  #isDue({ evidence: { to_step, figures } }: RecordedFinding, { step, isLearning }: RunNow): boolean {
    const isBroken = Object.values(figures).some((figure) => typeof figure === 'string') // Inf or NaN stays
    return isBroken || (!isLearning && step - to_step >= PATIENCE * this.#spec.training.max_steps)
  }
}
