// Processor time of test files: each process of one leaves a line behind when it exits, and the run tells of the dearest.
// Wall time would not do: files run beside each other, and half of them wait for services.

import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** @typedef {{ file: string, seconds: number }} Spent `file`: that the process ran; `seconds`: of processor time, user and system */

/** Has this process append to `log` what it spent. @param {string} log @param {string} file */
export function recordAtExit(log, file) {
  process.once('exit', () => appendFileSync(log, `${JSON.stringify({ file, seconds: processorSeconds() })}\n`))
}

/** What this process and the children that it waited for have spent, where the system does not say: this process alone. */
export function processorSeconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6 + childrenSeconds()
}

/** Ticks of /proc, per second: the same on every Linux that Node runs on. */
const TICKS = 100

function childrenSeconds() {
  if (!existsSync('/proc/self/stat')) return 0
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // from the third on: the second may hold anything
  return (Number(fields[13]) + Number(fields[14])) / TICKS // cutime and cstime
}

/**
 * Tells of the dearest files.
 * @param {Spent[]} spent
 * @param {(file: string) => string} nameOf
 * @param {number} count of files at most
 * @returns {string[]} lines, the dearest first
 */
export function dearest(spent, nameOf, count) {
  const total = spent.reduce((sum, { seconds }) => sum + seconds, 0)
  const shown = spent.toSorted((a, b) => b.seconds - a.seconds).slice(0, count)
  return [
    `processor time of ${spent.length} processes: ${total.toFixed(1)} s; the dearest:`,
    ...shown.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${nameOf(file)}`),
  ]
}

/** @param {string} log @returns {Spent[]} what processes left behind, nothing where none has exited */
export function readSpent(log) {
  if (!existsSync(log)) return []
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
