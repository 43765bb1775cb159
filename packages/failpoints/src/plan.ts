import { FAILPOINTS, type Failpoint } from './points.ts'

/**
 * What happens at a point. `kill` and `stop` are signals to the own process; `enospc` is an error of a full disk; `spin`
 * has the process compute for ever and answer nobody; `hold` has it wait there as long as the file `<log>.hold` exists, and
 * does nothing where there is none.
 */
export type Action = 'kill' | 'stop' | 'enospc' | 'spin' | 'hold'

export interface Fault {
  action: Action
  /** How often in all, over every process of the plan. */
  times: number
  /** At every n-th visit of a process. */
  every: number
}

export interface Plan {
  /** A file that takes a line `<point> <action>` for each fault, before it happens; `<log>.held` takes the id of each process that is held. */
  log: string
  points: Partial<Record<Failpoint, Fault>>
}

const ACTIONS: readonly string[] = ['kill', 'stop', 'enospc', 'spin', 'hold']

/** @throws {RangeError} when the text is no plan */
export function parsePlan(text: string): Plan {
  const { log, points } = JSON.parse(text) as Plan
  if (typeof log !== 'string') throw new RangeError('Cannot arm faults: log must be the path of a file')
  for (const [point, { action, times, every }] of Object.entries(points)) {
    if (!(FAILPOINTS as readonly string[]).includes(point))
      throw new RangeError(`Cannot arm faults: a point must be one of ${FAILPOINTS.join(', ')}: it is "${point}"`)
    if (!ACTIONS.includes(action) || !(times >= 1) || !(every >= 1))
      throw new RangeError(
        `Cannot arm point "${point}": it must have an action of ${ACTIONS.join(', ')}, times and every`,
      )
  }
  return { log, points }
}
