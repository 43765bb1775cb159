import { UnrollError } from '@unroll/spec'

export function noSuchJob(id: string): UnrollError {
  return new UnrollError('JOB_NOT_FOUND', `Cannot find job "${id}"`)
}
