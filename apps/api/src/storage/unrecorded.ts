import { ERRORS, UnrollError } from '@unroll/contract'

const MISSING = 404

/**
 * Deletes bytes whose record was not written. A store that broke off may have written it: bytes stay where the record is
 * there, and where that cannot be found out, for the collection of garbage to decide.
 *
 * @param error that of the write, which is the one to report
 * @param options.find finds the record
 */
export async function deleteUnrecorded(
  error: unknown,
  { find, remove }: { find: () => Promise<unknown>; remove: () => Promise<unknown> },
): Promise<void> {
  if (error instanceof UnrollError && error.code === 'STORE_UNAVAILABLE') {
    const isMissing = await find().then(() => false, isNotFound)
    if (!isMissing) return
  }
  await remove().catch(() => {})
}

function isNotFound(error: unknown): boolean {
  return error instanceof UnrollError && ERRORS[error.code].status === MISSING
}
