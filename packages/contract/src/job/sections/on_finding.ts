import { Type, type TArray, type TEnum } from 'typebox'
import { FINDING_CODES, type FindingCode } from '../../lifecycle/findings.ts'
import { oneOf } from '../../schema/fields.ts'

/** Findings of a gradient that does not reach what the task depends on, or is too large to learn from. */
const GRADIENT_FINDINGS: readonly FindingCode[] = ['vanishing', 'exploding', 'horizon_short']

/** What a job does when its diagnosis finds something, beside the event that receivers are notified of. */
export const OnFinding = oneOf(
  'What the job does when a finding of act_on has held for a tenth of max_steps and the run does not learn: only the event (notify); it ends as failed, with reason stopped_by_finding (stop); or it ends with reason forked_by_finding, and a new job goes on from there with the change that the finding proposes (fork).',
  ['notify', 'stop', 'fork'],
  { default: 'notify' },
)

/** A list of findings by their codes. */
export function findingCodes(
  description: string,
  options: { default: readonly FindingCode[] },
): TArray<TEnum<[...typeof FINDING_CODES]>> {
  return Type.Array(Type.Enum<[...typeof FINDING_CODES]>(FINDING_CODES, { type: 'string' }), {
    description,
    maxItems: FINDING_CODES.length,
    uniqueItems: true,
    ...options,
  })
}

/** The findings that `on_finding` is about. */
export const ActOn = findingCodes('The findings that on_finding is about (docs/diagnosis.md).', {
  default: GRADIENT_FINDINGS,
})
