import type { SeriesName } from '@unroll/client'

/** The series that the page requests. */
export const POLLED: readonly SeriesName[] = [
  'loss',
  'evaluation_loss',
  'accuracy',
  'evaluation_accuracy',
  'grad_norm',
  'grad_norm_clipped',
  'step_ms',
]
