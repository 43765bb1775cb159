import { formatName } from './format.ts'
import type { RuleOutlook } from '@unroll/client'

/** The number of findings; without any, whether this already has a meaning. */
export function verdictWords(active: number, past: number, rules: readonly RuleOutlook[]): string {
  if (active === 0 && past === 0) {
    const looked = rules.filter(({ status }) => status === 'looked_at').length
    return looked === 0 ? 'too early to tell' : `${looked} of ${rules.length} rules have looked, and found nothing`
  }
  const words = active === 1 ? '1 finding' : `${active} findings`
  return past === 0 ? words : `${words}, ${past} no longer`
}

/** The rules without a result and the reason; empty if there are none. */
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
