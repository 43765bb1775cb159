import { flowOverview } from '@unroll/history'
import {
  UnrollError,
  parseCursor,
  gradientWindow,
  listLayerNames,
  type Flow,
  type FlowBuckets,
  type JobSpec,
} from '@unroll/contract'
import { Type, type TInteger } from 'typebox'
import type { App } from '../types.ts'
import { flowColumns, type FlowWanted } from './columns.ts'
import { flowBucketColumns } from './flow_buckets.ts'
import { reportProgress, readOptions, type Range } from './range.ts'

/** Default number of buckets of a tile: about 1 MB for each state. */
export const TILE = { steps: 256, timesteps: 128 } as const
/** Maximal number of values of a page for each state: rows of long sequences come in smaller pages. */
const PAGE_VALUES = 2 ** 18

/** Query parameter of a route about one layer. */
export const LAYER: TInteger = Type.Integer({
  default: 0,
  minimum: 0,
  maximum: 31,
  description:
    'The layer of the flow, from 0; of a bidirectional network each direction counts: layers.0.forward is 0, layers.0.backward 1.',
})

export interface FlowQuery extends Range {
  layer: number
  from_timestep?: number
  to_timestep?: number
  max_steps?: number
  max_timesteps?: number
}

/** The flow of one layer: a page of rows, or the range as a tile. @throws {UnrollError} INVALID_REQUEST, JOB_NOT_FOUND */
export async function answerFlow(app: App, id: string, query: FlowQuery): Promise<Flow | FlowBuckets> {
  const { spec } = await app.store.jobs.get(id)
  const wanted = selectFlow(spec, query)
  const head = { object: 'flow', layer: query.layer, layers: listLayerNames(spec.model).length } as const
  const isTile = query.max_steps !== undefined || query.max_timesteps !== undefined
  const reduced = isTile ? await readTile(app, id, { query, wanted }) : undefined
  if (reduced?.tile !== undefined)
    return { ...head, ...reportProgress(reduced), last_step: reduced.lastStep, ...flowBucketColumns(reduced.tile) }
  const most = isTile ? (query.max_steps ?? TILE.steps) : Math.min(query.limit, Math.floor(PAGE_VALUES / wanted.window))
  const page = await app.store.metrics.readFlow(id, readOptions({ ...query, limit: Math.max(1, most) }))
  return { ...head, ...reportProgress(page), ...flowColumns(page.blocks, wanted) }
}

/** Whether a response has as many rows as requested: later rows do not change it. */
export function isFullPage({ steps }: Flow | FlowBuckets, { limit, max_steps, max_timesteps }: FlowQuery): boolean {
  return max_steps === undefined && max_timesteps === undefined && steps.length === limit
}

function readTile({ store, segments }: App, id: string, { query, wanted }: { query: FlowQuery; wanted: FlowWanted }) {
  const { after, from_step, to_step, max_steps = TILE.steps, max_timesteps = TILE.timesteps } = query
  return flowOverview(store.metrics, segments, id, {
    ...wanted,
    ...(after !== undefined && { after: parseCursor(after) }),
    ...(from_step !== undefined && { fromStep: from_step }),
    ...(to_step !== undefined && { toStep: to_step }),
    maxSteps: max_steps,
    maxTimesteps: max_timesteps,
  })
}

/**
 * The part of the flow that a query selects.
 *
 * @throws {UnrollError} INVALID_REQUEST when the network has no such layer or time step
 */
export function selectFlow(
  spec: JobSpec,
  { layer, from_timestep: from = 1, to_timestep }: Pick<FlowQuery, 'layer' | 'from_timestep' | 'to_timestep'>,
): FlowWanted {
  const { length: layers } = listLayerNames(spec.model)
  if (layer >= layers)
    throw refused(`Cannot give the flow of layer ${layer} as there are ${layers} layers`, {
      pointer: 'layer',
      detail: `Must be < ${layers}: current value is ${layer}`,
      value: layer,
    })
  const window = gradientWindow(spec)
  const to = Math.min(window, to_timestep ?? window)
  if (from > to)
    throw refused(`Cannot give the flow from time step ${from} to ${to}`, {
      pointer: 'from_timestep',
      detail: `Must be ≤ ${to}, the last time step wanted: current value is ${from}`,
      value: from,
    })
  return { layer, window, timesteps: { from, to } }
}

function refused(message: string, fault: { pointer: string; detail: string; value: number }): UnrollError {
  return new UnrollError('INVALID_REQUEST', message, { faults: [fault] })
}
