import type { PredictedAnswer } from '@unroll/client'
import { figure } from './run_view.ts'

/** Classes that are shown of an answer. */
const SHOWN_CLASSES = 3

/** `cat 0.93, dog 0.05`; labels and numbers as they are. */
export function formatAnswer({ probabilities, labels, values }: PredictedAnswer): string {
  if (labels !== undefined) return labels.map((value) => figure(value)).join(', ')
  if (values !== undefined) return values.map((each) => each.map((value) => figure(value)).join(', ')).join('; ')
  const likeliest = Object.entries(probabilities ?? {}).toSorted(([, a], [, b]) => b - a)
  return likeliest
    .slice(0, SHOWN_CLASSES)
    .map(([name, value]) => `${name.trim() === '' ? JSON.stringify(name) : name} ${figure(value)}`)
    .join(', ')
}
