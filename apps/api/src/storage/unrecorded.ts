import { ERRORS, UnrollError } from '@unroll/contract'

const MISSING = 404

/**
 * Deletes bytes whose record was not written. A store that broke off may have written it: bytes stay where the record is
 * there, and where that cannot be found out, for the collection of garbage to decide.
 *
 * @param reason that of the write, which is the one to report
 * @param options.find finds the record
 */
export async function deleteUnrecorded(
  reason: unknown,
  { find, remove }: { find: () => Promise<unknown>; remove: () => Promise<unknown> },
): Promise<void> {
  const isUnknown = reason instanceof UnrollError && reason.code === 'STORE_UNAVAILABLE'
  if (isUnknown && !(await isMissing(find))) return
  await remove().catch(() => {})
}

async function isMissing(find: () => Promise<unknown>): Promise<boolean> {
  try {
    await find()
    return false
  } catch (error) {
    return error instanceof UnrollError && ERRORS[error.code].status === MISSING
  }
}
