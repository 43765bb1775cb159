import type { Job } from '@unroll/spec'

/** The ETag of a job: the revision of what clients may change of it. Progress moves on without touching it. */
export function entityTag({ revision }: Pick<Job, 'revision'>): string {
  return `"${revision}"`
}

/** The revision that an `If-Match` asks for; undefined where any will do. */
export function revisionOf(ifMatch: string | undefined): number | undefined {
  return ifMatch === undefined || ifMatch === '*' ? undefined : Number(ifMatch.slice(1, -1))
}
