import { readdirSync, writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Linux refuses a second change within a tenth of a second to whoever has no privileges, whichever session it is of. */
const RETRY_MS = 150
const TRIES = 100

/**
 * Lowers the priority of a process that was just started in a session of its own: the threads it has, and with them those that
 * they make later. It never comes above the priority of this process, as raising one takes privileges. Where the system knows
 * no such priorities, or the process has ended, nothing happens.
 *
 * @param niceness from 0, as any process, to 19, after all others
 * @returns settles once it is done
 */
export async function lowerPriority(pid: number, niceness: number): Promise<void> {
  const lowered = Math.max(niceness, getPriority())
  for (const thread of threadsOf(pid)) attempt(() => setPriority(thread, lowered))
  // Linux may share the processor among sessions first, and by niceness within a session alone (sched(7), autogroup).
  const group = `/proc/${pid}/autogroup`
  const isBusy = () => attempt(() => writeFileSync(group, String(lowered), { flag: 'r+' })) === 'EAGAIN'
  for (let tries = 1; isBusy() && tries < TRIES; tries++) await sleep(RETRY_MS, undefined, { ref: false })
}

/** Ids of its threads; on systems that do not tell them, that of the process alone. */
function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return [pid]
  }
}

/** The code of the error that it met, if any. */
function attempt(action: () => void): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
