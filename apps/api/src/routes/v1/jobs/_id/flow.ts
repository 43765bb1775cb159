import { Flow, UnrollError, type JobSpec } from '@unroll/spec'
import { Type } from 'typebox'
import { answer, answers, header, noBody } from '../../../../document/answers.ts'
import { flowColumns } from '../../../../metrics/columns.ts'
import { isKnown } from '../../../../metrics/freshness.ts'
import { RANGE_QUERY, progressOf, readOptions } from '../../../../metrics/range.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../ids.ts'

/** Values of a page at most: rows of long sequences come in smaller pages. */
const MAX_VALUES = 2 ** 20

const GET = {
  operationId: 'getJobFlow',
  tags: ['metrics'],
  summary: 'Gives rows of log₁₀‖∂L/∂h_t‖ of one layer, oldest first; poll with `after` and `If-None-Match`.',
  params: JOB_ID,
  querystring: Type.Object(
    {
      layer: Type.Integer({ default: 0, minimum: 0, maximum: 15, description: 'The layer, from 0.' }),
      ...RANGE_QUERY,
      limit: Type.Integer({ default: 100, minimum: 1, maximum: 1000, description: 'Rows of a page.' }),
    },
    { additionalProperties: false },
  ),
  response: answers(
    {
      200: answer(Flow, 'A row of T values for each observed step.', {
        etag: header('State of the run, for `If-None-Match`.'),
      }),
      304: noBody('Nothing has changed since the answer that `If-None-Match` names.'),
    },
    ['JOB_NOT_FOUND'],
  ),
}

export function flow(app: App): void {
  app.get('/v1/jobs/:id/flow', { schema: GET }, async (request, reply) => {
    const { params, query } = request
    if (isKnown(request, reply, await app.store.metrics.head(params.id))) return reply.code(304).send()
    const { spec } = await app.store.jobs.get(params.id)
    const { layers } = spec.model
    if (query.layer >= layers) throw noSuchLayer(query.layer, layers)
    const T = windowOf(spec)
    const limit = Math.max(1, Math.min(query.limit, Math.floor(MAX_VALUES / T)))
    const page = await app.store.metrics.readFlow(params.id, readOptions({ ...query, limit }))
    const columns = flowColumns(page.rows, query.layer, T)
    return { object: 'flow', ...progressOf(page), layer: query.layer, layers, ...columns }
  })
}

/** How many time steps the gradient reaches back. */
function windowOf({ bptt, sequence_length: T }: JobSpec): number {
  return bptt.mode === 'truncated' ? Math.min(bptt.k2, T) : T
}

function noSuchLayer(layer: number, layers: number): UnrollError {
  return new UnrollError('INVALID_REQUEST', `Cannot give the flow of layer ${layer} as there are ${layers} layers`, {
    faults: [{ pointer: 'layer', detail: `Must be < ${layers}: current value is ${layer}`, value: layer }],
  })
}
