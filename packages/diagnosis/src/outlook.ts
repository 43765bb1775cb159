import type { JobSpec, RuleOutlook } from '@unroll/contract'
import { RULES } from './rules.ts'

/** The state of each rule in a run at `step`; 0 is a run that has not begun. */
export function outlook(spec: JobSpec, step: number): RuleOutlook[] {
  return RULES.map((rule) => {
    const { code } = rule
    const first = rule.from(spec)
    if (typeof first === 'string') return { code, status: 'not_measured', from_step: null, why: first }
    const isEarly = step < first
    return {
      code,
      status: isEarly ? 'too_early' : 'looked_at',
      from_step: first,
      why: isEarly ? `looked at from step ${first} on` : null,
    }
  })
}
