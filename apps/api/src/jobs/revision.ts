import type { Job } from '@unroll/contract'

/** The ETag of a job: the revision of what clients may change of it. Progress moves on without touching it. */
export function entityTag({ revision }: Pick<Job, 'revision'>): string {
  return `"${revision}"`
}

/** An `If-Match` of a job. Proxies that compress an answer weaken its tag, and the revision stays what it is. */
export const IF_MATCH: string = String.raw`^(?:\*|(?:W/)?"\d{1,15}")$`

/** The revision that an `If-Match` asks for; undefined where any will do. */
export function parseRevision(ifMatch: string | undefined): number | undefined {
  return ifMatch === undefined || ifMatch === '*' ? undefined : Number(/\d+/.exec(ifMatch)?.[0])
}
