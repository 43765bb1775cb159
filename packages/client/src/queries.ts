import type { JobSpec, JobStatus } from '@unroll/contract'

export interface PageQuery {
  /** The `next` of the page before. */
  after?: string | undefined
  /** Items of a page, 1 to 100. @default 20 */
  limit?: number | undefined
}

export interface JobQuery extends PageQuery {
  status?: JobStatus | undefined
  cell?: JobSpec['model']['cell'] | undefined
  /** The sweep to which the jobs must belong. */
  sweep?: string | undefined
  /** The data set on which the jobs must train. */
  dataset?: string | undefined
  /** Pairs that the metadata of a job must have. */
  metadata?: Record<string, string> | undefined
}

export interface RowQuery {
  /** The `cursor` of the page before. */
  after?: string | undefined
  from_step?: number | undefined
  to_step?: number | undefined
  /** Number of rows of a page. */
  limit?: number | undefined
}

export interface MetricsQuery extends RowQuery {
  /** Names of the requested series. @default all of them */
  series?: readonly string[] | undefined
}

/** A range of steps, open without its ends. */
export interface OverviewQuery extends Omit<MetricsQuery, 'after' | 'limit'> {
  /** Maximal number of buckets, 2 to 10,000; if there are no more rows, the response contains the rows. */
  max_points: number
}

export interface FlowQuery extends RowQuery {
  /** The layer, from 0. @default 0 */
  layer?: number | undefined
  /** The first requested time step. @default 1 */
  from_timestep?: number | undefined
  /** The last requested time step. @default the newest */
  to_timestep?: number | undefined
}

export interface FlowTileQuery extends Omit<FlowQuery, 'limit'> {
  /** Maximal number of buckets of training steps, 2 to 512. @default 256 */
  max_steps?: number | undefined
  /** Maximal number of buckets of time steps, 2 to 256. @default 128 */
  max_timesteps?: number | undefined
}

export interface ProbeQuery {
  /** The training step, or the last observed one before it. @default the newest */
  step?: number | undefined
  /** ε of the horizon. @default 0.01 */
  epsilon?: number | undefined
}
