import { FINDING_CODES, type RecordedFinding } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { noSuchJob } from '../redis/errors.ts'

export type Findings = ReturnType<typeof findings>

/** The findings of the diagnosis of each job: at most one of each code, in the job's record. */
export function findings(context: Context) {
  const { db, keys, clock } = context
  return {
    /**
     * Stores a finding in place of the one of its code. When it begins to hold there is also an event
     * `diagnosis_warning`, when it ceases to hold an event `diagnosis_resolved`.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async record(
      id: string,
      epoch: number,
      finding: RecordedFinding,
    ): Promise<'found' | 'resolved' | 'known' | 'fenced'> {
      const { code, first_step, until_step, evidence } = finding
      const { layer, timestep } = evidence
      const place = { ...(layer !== null && { layer }), ...(timestep !== null && { timestep }) }
      const data = { finding: code, step: until_step ?? first_step, ...place }
      const args = [
        id,
        clock(),
        epoch,
        code,
        JSON.stringify(finding),
        JSON.stringify(data),
        until_step === null ? '1' : '0',
      ]
      return await db.script('record_finding', keys.job(id), args)
    },
    /** In the order of FINDINGS. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    async list(id: string): Promise<RecordedFinding[]> {
      const fields = FINDING_CODES.map((code) => `finding:${code}`)
      const [epoch, ...found] = await db.command((redis) => redis.hmget(keys.record(id), 'epoch', ...fields))
      if (epoch === null || epoch === undefined) throw noSuchJob(id)
      return found.flatMap((json) => (json === null ? [] : [JSON.parse(json) as RecordedFinding]))
    },
  }
}
