import { unless } from '@unroll/contract'
import { deleteJob, type Deleting } from '../jobs/deletion.ts'
import { inTurns } from './turns.ts'

/**
 * Deletes an ended sweep and, unless they are to be kept, its jobs with all their data. The jobs are deleted first, so
 * that the next deletion completes an interrupted one.
 *
 * @throws {UnrollError} SWEEP_NOT_ENDED, SWEEP_NOT_FOUND
 */
export async function deleteSweep(services: Deleting, id: string, { keepJobs }: { keepJobs: boolean }): Promise<void> {
  const { sweeps } = services.store
  const { finished_at, runs } = await sweeps.get(id)
  const unwanted = keepJobs || finished_at === null ? [] : runs.filter(({ status }) => status !== null)
  await inTurns(unwanted, ({ job }) => unless('JOB_NOT_FOUND', deleteJob(services, job, 'request')))
  await sweeps.delete(id)
}
