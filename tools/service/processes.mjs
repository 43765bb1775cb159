import { readFileSync } from 'node:fs'

const ZOMBIE = 'Z' // has ended, but was not yet collected by its parent: in a container perhaps never

/** @param {number} pid */
export function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return fieldsOf(pid)[0] !== ZOMBIE
  } catch {
    return false
  }
}

/**
 * When a process started, as the system says: with it a pid names one process for ever.
 * @param {number} pid
 * @returns {string} in clock ticks since boot; '' where unknown
 */
export function startOf(pid) {
  return fieldsOf(pid)[19] ?? ''
}

/**
 * Fields of proc(5) from the third, the state, on: the second, the name, may hold spaces and ends with the last ")".
 * @param {number} pid
 * @returns {string[]} none where there is no such process or no such file system
 */
function fieldsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return []
  }
}
