import type { CellName, Data, JobSpec, Model, TaskData, TaskSampleRequest } from '@unroll/contract'

/** A record in which fields with a default are optional at any depth. */
export type Given<T> = T extends object ? { [Name in keyof T]?: Given<T[Name]> } : T

/** The body of a job request: every field except the cell and the data has a default. */
export type JobRequest = Given<Omit<JobSpec, 'model' | 'data'>> & {
  model: { cell: CellName } & Given<Model>
  data: Given<Data>
}

/** Which sequences of a task to draw: every field except the task has a default. */
export type TaskRequest = Given<Omit<TaskSampleRequest, 'data'>> & { data: Given<TaskData> }
