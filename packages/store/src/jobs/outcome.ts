import { FINDING_CODES, type JobOutcome } from '@unroll/contract'

/** Share of the loss at chance from which on a run counts as at chance. */
const AT_CHANCE = 0.9

/** The outcome of a run, from the fields of its record; null before it has succeeded. */
export function readOutcome(stored: ReadonlyMap<string, string>): JobOutcome | null {
  const result = JSON.parse(stored.get('result') ?? 'null') as Record<string, number | string> | null
  if (result === null || result['chance_loss'] === undefined) return null
  const readNumber = (name: string) => Number(result[name] ?? 0)
  const chance = readNumber('chance_loss')
  const loss = Number(result['evaluation_loss'] ?? result['loss'] ?? Number.NaN)
  const times = chance / loss
  return {
    at_chance: !(loss < AT_CHANCE * chance),
    times_better_than_chance: Number.isFinite(times) ? times : null,
    updates_skipped: readNumber('updates_skipped'),
    updates_zeroed: readNumber('updates_zeroed'),
    findings: FINDING_CODES.filter((code) => {
      const finding = JSON.parse(stored.get(`finding:${code}`) ?? 'null') as { until_step: number | null } | null
      return finding?.until_step === null
    }),
  }
}
