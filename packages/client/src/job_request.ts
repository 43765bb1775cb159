import type { CellName, Data, JobSpec, Model } from '@unroll/contract'

/** A record some of whose fields, at any depth, are left to their defaults. */
export type Given<T> = T extends object ? { [Name in keyof T]?: Given<T[Name]> } : T

/** A job as it is posted: everything but the cell and the data has a default. */
export type JobRequest = Given<Omit<JobSpec, 'model' | 'data'>> & {
  model: { cell: CellName } & Given<Model>
  data: Given<Data>
}
