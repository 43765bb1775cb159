import { isFinal } from '@unroll/spec'
import type { Services } from '../types.ts'

/**
 * Deletes a job that has ended, with everything that is kept below `jobs/<id>`. The artifacts go first: a deletion that
 * is cut short is finished by the next one.
 *
 * @throws {UnrollError} JOB_NOT_ENDED, JOB_NOT_FOUND
 */
export async function deleteJob(
  { store, artifacts }: Pick<Services, 'store' | 'artifacts'>,
  id: string,
): Promise<void> {
  const { status } = await store.jobs.get(id)
  if (isFinal(status)) for await (const { key } of artifacts.list(`jobs/${id}`)) await artifacts.delete(key)
  await store.jobs.delete(id)
}
