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
  /** The sweep that jobs must be runs of. */
  sweep?: string | undefined
  /** Pairs a job's metadata must have. */
  metadata?: Record<string, string> | undefined
}

export interface EventQuery {
  /** The `seq` of the last event known. */
  after?: string | undefined
  /** Events of a page, 1 to 100. @default 20 */
  limit?: number | undefined
}

export interface RowQuery {
  /** The `cursor` of the page before. */
  after?: string | undefined
  from_step?: number | undefined
  to_step?: number | undefined
  /** Rows of a page. */
  limit?: number | undefined
}

export interface MetricsQuery extends RowQuery {
  /** Names of the series wanted. @default all of them */
  series?: readonly string[] | undefined
}

/** A range of steps, whole where its ends are not given. */
export interface OverviewQuery extends Omit<MetricsQuery, 'after' | 'limit'> {
  /** Buckets at most, 2 to 10,000; with no more rows than that the answer is the rows. */
  max_points: number
}

export interface FlowQuery extends RowQuery {
  /** The layer, from 0. @default 0 */
  layer?: number | undefined
  /** The first time step wanted. @default 1 */
  from_timestep?: number | undefined
  /** The last. @default the newest */
  to_timestep?: number | undefined
}

export interface FlowTileQuery extends Omit<FlowQuery, 'limit'> {
  /** Buckets of training steps at most, 2 to 512. @default 256 */
  max_steps?: number | undefined
  /** Buckets of time steps at most, 2 to 256. @default 128 */
  max_timesteps?: number | undefined
}

export interface ProbeQuery {
  /** The training step, or the last before it that was observed. @default the newest */
  step?: number | undefined
  /** ε of the horizon. @default 0.01 */
  epsilon?: number | undefined
}
