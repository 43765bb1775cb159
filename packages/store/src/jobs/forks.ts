import type { Checkpoint, JobSpec } from '@unroll/contract'
import type { Context } from '../redis/context.ts'

/** What a fork keeps of the run that it goes on from, which may be deleted. */
export interface ForkedRun {
  /** The other job. */
  job: string
  /** The specification by which the steps up to `step` are computed. */
  spec: JobSpec
  step: number
  /** The newest checkpoint of the run at `step` or before, and the copy of it that belongs to the fork; null: its first weights. */
  checkpoint: { from: string; copy: Checkpoint } | null
}

/** The run that a job is a fork of; undefined where it is none. @throws {UnrollError} STORE_UNAVAILABLE */
export async function findFork({ db, keys }: Context, id: string): Promise<ForkedRun | undefined> {
  return parseFork(await db.command((redis) => redis.hget(keys.record(id), 'fork')))
}

/** @param json the field of a record, '' or null where it has none */
export function parseFork(json: string | null): ForkedRun | undefined {
  return json ? (JSON.parse(json) as ForkedRun) : undefined
}
