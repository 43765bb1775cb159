import type { Sweep, SweepRun } from '@unroll/client'

/** The runs of a sweep, those that trained for longest first; among them the best first, those without a value last. */
export function inOrder({ runs, objective }: Pick<Sweep, 'runs' | 'objective'>): SweepRun[] {
  const sign = objective.goal === 'min' ? 1 : -1
  const cost = ({ value }: SweepRun) => (value === null || Number.isNaN(value) ? Infinity : sign * value)
  return runs.toSorted(
    (a, b) => b.rung - a.rung || (cost(a) === cost(b) ? a.trial - b.trial : cost(a) < cost(b) ? -1 : 1),
  )
}

/** The fields in which the runs of a sweep differ, as JSON pointers. */
export function listChangedFields({ runs }: Pick<Sweep, 'runs'>): string[] {
  return [...new Set(runs.flatMap(({ changes }) => Object.keys(changes)))]
}
