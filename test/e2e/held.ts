// Runs that wait at a step for as long as a test needs, so that nothing depends on how fast they train.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failpoint } from '@unroll/failpoints'
import { eventually, type Service } from './service.ts'

/** As packages/failpoints has them. */
type Faults = Partial<Record<Failpoint, { action: string; every: number; times: number }>>

/** Has every run of the processes that are given its faults wait at one row while it is engaged. */
export class Hold {
  /** For `UNROLL_FAULTS`. */
  readonly faults: string
  readonly #folder: string
  readonly #log: string

  private constructor(folder: string, row: number, others: Faults) {
    this.#folder = folder
    this.#log = join(folder, 'faults')
    const fault = { action: 'hold', every: row, times: 1_000 }
    this.faults = JSON.stringify({ log: this.#log, points: { 'run.row': fault, ...others } })
  }

  /**
   * @param row of an attempt, from 1: that of a step where each has a row and the attempt is the first
   * @param others faults at other points
   */
  static async at(row: number, others: Faults = {}): Promise<Hold> {
    return new Hold(await mkdtemp(join(tmpdir(), 'unroll-hold-')), row, others)
  }

  async engage(): Promise<void> {
    await rm(`${this.#log}.held`, { force: true })
    await writeFile(`${this.#log}.hold`, '')
  }

  /** Resolves once a run waits, or so many of them, with the id of the process that trains the first. */
  async untilHeld(runs = 1): Promise<number> {
    return await eventually(`${runs} wait at their step`, async () => {
      const pids = (await readFile(`${this.#log}.held`, 'utf8').catch(() => '')).split('\n')
      return pids.length > runs ? Number(pids[0]) : undefined // the last ends with a new line as well
    })
  }

  /** How often a fault has fired, such as `run.row kill`. */
  async fired(fault: string): Promise<number> {
    const lines = (await readFile(this.#log, 'utf8').catch(() => '')).split('\n')
    return lines.filter((line) => line === fault).length
  }

  async release(): Promise<void> {
    await rm(`${this.#log}.hold`, { force: true })
  }

  /** Releases it for good. */
  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Waits until the worker of a service has asked the process that trains a job to stop. */
export async function untilAskedToStop({ dataFolder }: Service, job: string): Promise<void> {
  await eventually(`job ${job} is asked to stop`, async () => {
    const lines = (await readFile(join(dataFolder, 'logs/worker.log'), 'utf8')).split('\n')
    return lines.some((line) => line.includes(job) && line.includes('"msg":"stopping"')) || undefined
  })
}
