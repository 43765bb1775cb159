import { deleteJob, type Deleting } from '../jobs/deletion.ts'
import { inTurns, unless } from './turns.ts'

/**
 * Deletes a sweep that has ended, and its jobs, each with everything that it left, unless they are to be kept. The jobs go
 * first: a deletion that is cut short is finished by the next one.
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
