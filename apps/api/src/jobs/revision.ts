import type { Job } from '@unroll/contract'

/** The ETag of a job: the revision of the fields that clients may change. Progress does not change it. */
export function entityTag({ revision }: Pick<Job, 'revision'>): string {
  return `"${revision}"`
}

/** An `If-Match` of a job. A proxy that compresses a response makes its tag weak; the revision stays the same. */
export const IF_MATCH: string = String.raw`^(?:\*|(?:W/)?"\d{1,15}")$`

/** The revision that an `If-Match` requires; undefined if it accepts any. */
export function parseRevision(ifMatch: string | undefined): number | undefined {
  return ifMatch === undefined || ifMatch === '*' ? undefined : Number(/\d+/.exec(ifMatch)?.[0])
}
