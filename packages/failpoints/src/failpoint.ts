import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parsePlan, type Action } from './plan.ts'
import type { Failpoint } from './points.ts'

/** Set only while faults are armed. */
let visit: ((point: Failpoint) => void) | undefined

/**
 * Marks a place at which a test may break the process. Does nothing unless faults are armed.
 *
 * @throws an error of the system, if the fault is one
 */
export function failpoint(point: Failpoint): void {
  visit?.(point)
}

/**
 * Arms the faults of a plan, the JSON of a `Plan`, for this process. Only for tests.
 *
 * @throws {RangeError} when the text is not a plan
 */
export function armFailpoints(text: string): void {
  const { log, points } = parsePlan(text)
  const visits = new Map<Failpoint, number>()
  visit = (point) => {
    const fault = points[point]
    if (fault === undefined) return
    const count = (visits.get(point) ?? 0) + 1
    visits.set(point, count)
    if (count % fault.every !== 0 || fired(log, point) >= fault.times) return
    if (fault.action === 'hold' && !existsSync(`${log}.hold`)) return
    appendFileSync(log, `${point} ${fault.action}\n`)
    ACT[fault.action](log)
  }
}

const HOLD_LOOK_MS = 5

const ACT: Record<Action, (log: string) => void> = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  stop: () => process.kill(process.pid, 'SIGSTOP'),
  enospc: () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
  },
  spin: () => {
    for (;;);
  },
  hold: (log) => {
    appendFileSync(`${log}.held`, `${process.pid}\n`)
    const never = new Int32Array(new SharedArrayBuffer(4))
    while (existsSync(`${log}.hold`)) Atomics.wait(never, 0, 0, HOLD_LOOK_MS)
  },
}

function fired(log: string, point: Failpoint): number {
  if (!existsSync(log)) return 0
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${point} `)).length
}
