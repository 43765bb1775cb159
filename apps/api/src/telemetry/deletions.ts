import { Counter, type Registry } from '@unroll/telemetry'
import type { FastifyBaseLogger } from 'fastify'

/** The reason of a deletion: a request, the retention, or a missing record. */
export type Why = 'request' | 'age' | 'orphan'

export interface Deleted {
  /** Set if a whole job is deleted. */
  job?: string
  artifacts: number
  /** Of those. */
  bytes: number
}

/** Reports deletions in metrics and in the log of the process: the log of a job is deleted with it. */
export class Deletions {
  readonly #log: Pick<FastifyBaseLogger, 'info'>
  readonly #jobs: Counter<'why'>
  readonly #bytes: Counter<'why'>

  constructor(registry: Registry, log: Pick<FastifyBaseLogger, 'info'>) {
    const registers = [registry]
    const labelNames = ['why'] as const
    this.#log = log
    this.#jobs = new Counter({ name: 'unroll_deleted_jobs_total', help: 'Jobs deleted.', labelNames, registers })
    this.#bytes = new Counter({
      name: 'unroll_deleted_bytes_total',
      help: 'Bytes of artifacts deleted, with jobs or as nothing refers to them.',
      labelNames,
      registers,
    })
  }

  tell(why: Why, deleted: Deleted & Record<string, unknown>): void {
    if (deleted.job !== undefined) this.#jobs.inc({ why })
    this.#bytes.inc({ why }, deleted.bytes)
    this.#log.info({ why, ...deleted }, deleted.job === undefined ? 'artifacts deleted' : 'job deleted')
  }
}
