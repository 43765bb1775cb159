import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { isRunning, startOf } from './processes.mjs'

/**
 * @typedef {object} ProcessNote a process as it was noted
 * @property {number} pid
 * @property {string} started when the system says it started, as a pid alone is soon given to another; '' where unknown
 */

const LEFTOVER_STOP_MS = 5_000
const LEFTOVER_CHECK_MS = 50

/** The claim of one running instance on a data folder: the file `unroll.pid` in it. */
export class Instance {
  #file
  /** This process first, then the children that were added and live. @type {[ProcessNote, ...ProcessNote[]]} */ #processes =
    [note(process.pid)]

  /** @param {string} file */
  constructor(file) {
    this.#file = file
    writeFileSync(file, JSON.stringify(this.#processes), { flag: 'wx' })
  }

  /** @param {number} pid a child, noted so that the next instance can end it should this one be killed */
  add(pid) {
    const [self, ...children] = this.#processes
    this.#processes = [self, ...children.filter(isAlive), note(pid)]
    writeFileSync(this.#file, JSON.stringify(this.#processes))
  }

  release() {
    rmSync(this.#file, { force: true })
  }
}

/**
 * Claims a data folder. What a killed instance left running is ended first: two servers on one append-only file would ruin it.
 * @param {string} folder
 * @returns {Promise<Instance>}
 * @throws {Error} when a live instance has it
 */
export async function claimDataFolder(folder) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'unroll.pid')
  const [owner, ...children] = readNotes(file)
  if (owner !== undefined && owner.pid !== process.pid && isAlive(owner))
    throw new Error(
      `Cannot use ${folder} as another instance runs on it: process ${owner.pid}. Stop that one, or give another folder in UNROLL_DATA_DIR`,
    )
  await endLeftovers(children.filter(isAlive))
  rmSync(file, { force: true })
  return new Instance(file)
}

/** @param {ProcessNote[]} leftovers */
async function endLeftovers(leftovers) {
  if (leftovers.length === 0) return
  console.log(`  Ending ${leftovers.length} processes of an instance that was killed`)
  for (const { pid } of leftovers.toReversed()) process.kill(pid, 'SIGTERM')
  const limit = performance.now() + LEFTOVER_STOP_MS
  while (leftovers.some(isAlive) && performance.now() < limit) await sleep(LEFTOVER_CHECK_MS)
  for (const { pid } of leftovers.filter(isAlive)) process.kill(pid, 'SIGKILL')
}

/**
 * @param {string} file
 * @returns {ProcessNote[]} none where the file is absent or was cut short
 */
function readNotes(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return []
  }
}

/**
 * @param {number} pid
 * @returns {ProcessNote}
 */
function note(pid) {
  return { pid, started: startOf(pid) }
}

/** @param {ProcessNote} noted */
function isAlive({ pid, started }) {
  return isRunning(pid) && startOf(pid) === started
}
