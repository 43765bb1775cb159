import { readdirSync, writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Linux refuses an unprivileged process a second change within a tenth of a second, in any session. */
const RETRY_MS = 150
const TRIES = 100

/**
 * Lowers the priority of a process that was just started in its own session: its threads, and with them those that they
 * create later. The priority is never above that of this process, because raising it needs privileges. Without support
 * of the system, or after the end of the process, nothing happens.
 *
 * @param niceness from 0, as any process, to 19, after all others
 * @returns settles once it is done
 */
export async function lowerPriority(pid: number, niceness: number): Promise<void> {
  const lowered = Math.max(niceness, getPriority())
  for (const thread of listThreads(pid)) attempt(() => setPriority(thread, lowered))
  // Linux may divide the processor among sessions first, and by niceness only within a session (sched(7), autogroup).
  const group = `/proc/${pid}/autogroup`
  const isBusy = () => attempt(() => writeFileSync(group, String(lowered), { flag: 'r+' })) === 'EAGAIN'
  for (let tries = 1; isBusy() && tries < TRIES; tries++) await sleep(RETRY_MS, undefined, { ref: false })
}

/** Ids of its threads; on systems without this information only that of the process. */
function listThreads(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return [pid]
  }
}

/** The code of the error, if any. */
function attempt(action: () => void): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
