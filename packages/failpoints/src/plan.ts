import { FAILPOINTS, type Failpoint } from './points.ts'

/**
 * The fault at a point. `kill` and `stop` are signals to the own process; `enospc` is the error of a full disk; `spin`
 * makes the process compute forever and answer nothing; `hold` makes it wait as long as the file `<log>.hold` exists,
 * and does nothing without this file.
 */
export type Action = 'kill' | 'stop' | 'enospc' | 'spin' | 'hold'

export interface Fault {
  action: Action
  /** Total number over all processes of the plan. */
  times: number
  /** At every n-th visit of a process. */
  every: number
}

export interface Plan {
  /**
   * A file that receives a line `<point> <action>` before each fault; `<log>.held` receives the id of each process that
   * is held.
   */
  log: string
  points: Partial<Record<Failpoint, Fault>>
}

const ACTIONS: readonly string[] = ['kill', 'stop', 'enospc', 'spin', 'hold']

/** @throws {RangeError} when the text is not a plan */
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
