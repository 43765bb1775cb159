import { writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/**
 * Lowers the priority of a process that was just started in a session of its own: threads that it makes later inherit it.
 * It never comes above the priority of this process, as raising one takes privileges.
 *
 * @param niceness from 0, as any process, to 19, after all others
 */
export function lowerPriority(pid: number, niceness: number): void {
  const lowered = Math.max(niceness, getPriority())
  try {
    setPriority(pid, lowered)
    // Linux may share the processor among sessions first, and by niceness within a session alone (sched(7), autogroup).
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/autogroup`, String(lowered))
  } catch {
    // It has ended, which its exit tells, or the system knows no such priorities: then it trains as any process.
  }
}
