import { outlook } from '@unroll/diagnosis'
import { UnrollError, type Fault, type FindingCode, type JobSpec } from '@unroll/contract'

/** Why the diagnosis of a job never looks for each of these findings; those that it looks for are left out. */
export function listUnheard(spec: JobSpec, codes: readonly FindingCode[]): Map<FindingCode, string> {
  const unheard = outlook(spec, 0).filter(({ code, status }) => status === 'not_measured' && codes.includes(code))
  return new Map(unheard.map(({ code, why }) => [code, why ?? '']))
}

/**
 * Refuses a job that is to end at findings of which its diagnosis looks for none.
 *
 * @throws {UnrollError} INVALID_SPECIFICATION
 */
export function refuseUnheard(spec: JobSpec): void {
  const { on_finding: action = 'notify', act_on: codes = [] } = spec
  const unheard = listUnheard(spec, codes)
  if (action === 'notify' || codes.some((code) => !unheard.has(code))) return
  throw new UnrollError('INVALID_SPECIFICATION', 'Cannot accept the job as it is at fault', {
    faults: [
      { pointer: '/act_on', detail: `Must have a finding that is looked for: ${describe(unheard)}`, value: codes },
    ],
  })
}

/** A finding of `stop_on` of a sweep that is looked for in no trial, by its place there. */
export function unheardFault(at: number, code: FindingCode, why: string): Fault {
  return {
    pointer: `/stop_on/${at}`,
    detail: `Must be looked for in some trial: ${describe(new Map([[code, why]]))}`,
    value: code,
  }
}

function describe(unheard: ReadonlyMap<FindingCode, string>): string {
  return [...unheard].map(([code, why]) => `"${code}" is not, as ${why}`).join('; ')
}
