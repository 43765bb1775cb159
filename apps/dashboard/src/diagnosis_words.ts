import { formatName } from './format.ts'
import type { RuleOutlook } from '@unroll/client'

/** How many findings there are; where there is none, whether that means anything yet. */
export function verdictWords(active: number, past: number, rules: readonly RuleOutlook[]): string {
  if (active === 0 && past === 0) {
    const looked = rules.filter(({ status }) => status === 'looked_at').length
    return looked === 0 ? 'too early to tell' : `${looked} of ${rules.length} rules have looked, and found nothing`
  }
  const words = active === 1 ? '1 finding' : `${active} findings`
  return past === 0 ? words : `${words}, ${past} no longer`
}

/** Which rules have not looked, and why; empty where all have. */
export function unseenWords(rules: readonly RuleOutlook[]): string {
  const of = (wanted: RuleOutlook['status']) =>
    rules
      .filter(({ status }) => status === wanted)
      .map(({ code, why }) => `${formatName(code)} (${why ?? ''})`)
      .join(', ')
  const parts = [
    ['Too early', of('too_early')],
    ['Not looked at', of('not_measured')],
  ]
  return parts.flatMap(([name, words]) => (words === '' ? [] : [`${name}: ${words}.`])).join(' ')
}
