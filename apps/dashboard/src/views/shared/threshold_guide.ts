import type { Guide } from '../../charts/overlay.ts'
import { formatValue } from '../../format.ts'
import type { JobSpec } from '@unroll/client'

/** The threshold in a chart of gradient norms: only one on the global norm is a value of this axis. */
export function thresholdGuide({ clipping }: Pick<JobSpec, 'clipping'>): Guide[] {
  if (clipping.policy !== 'norm') return []
  return [{ at: clipping.threshold, label: `threshold ${formatValue(clipping.threshold)}`, colour: '--guide' }]
}
