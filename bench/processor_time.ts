// Processor time of a process and all below it, from Linux's /proc.

import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100 // USER_HZ of every Linux that Node runs on
const [PARENT, FIRST_TIME, LAST_TIME] = [1, 11, 14] // after the name: ppid; utime, stime, cutime, cstime

/** Seconds that a process, its descendants and those of its children that have ended have spent on processors. */
export function readProcessorSeconds(root: number): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readTimes(Number(name)))
  const family = new Set([root])
  for (let size = 0; size !== family.size;) {
    size = family.size
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid)
  }
  return processes.filter(({ pid }) => family.has(pid)).reduce((sum, { seconds }) => sum + seconds, 0)
}

/** None where the process has ended meanwhile. */
function readTimes(pid: number): { pid: number; parent: number; seconds: number }[] {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return []
  }
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number) // the name may hold spaces
  const ticks = fields.slice(FIRST_TIME, LAST_TIME + 1).reduce((sum, each) => sum + each, 0)
  return [{ pid, parent: fields[PARENT]!, seconds: ticks / TICKS_PER_SECOND }]
}
