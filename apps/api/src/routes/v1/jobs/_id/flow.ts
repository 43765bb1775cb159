import { ByteCache } from '@unroll/history'
import { Flow, FlowBuckets } from '@unroll/contract'
import { Type } from 'typebox'
import { answers, table } from '../../../../document/answers.ts'
import { LAYER, TILE, answerFlow, isFullPage } from '../../../../metrics/flow.ts'
import { formatFor, written } from '../../../../metrics/formats.ts'
import { CURSOR_HEADERS, UNCHANGED, formatEtag, formatFullPageTag, isKnown } from '../../../../metrics/freshness.ts'
import { RANGE_QUERY } from '../../../../metrics/range.ts'
import { flowTable } from '../../../../metrics/tables.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const LAST_TIMESTEP = 100_000
/** Bytes of cached responses: equal requests before the next row share one. */
const ANSWER_BYTES = 32 * 2 ** 20

const timestep = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: LAST_TIMESTEP, description }))

const GET = {
  operationId: 'getJobFlow',
  tags: ['metrics'],
  summary: 'Returns log₁₀‖∂L/∂h_t‖ of one layer, as rows or reduced to a tile; poll with `after` and `If-None-Match`.',
  description: `Rows come in pages, oldest first. With \`max_steps\` or \`max_timesteps\` (one alone implies ${TILE.steps} by ${TILE.timesteps}) the range is answered whole, widened to whole buckets of a power of two; where nothing has to be reduced the answer is the rows. By \`Accept\` it is JSON, or a table in \`text/csv\` or \`application/vnd.apache.arrow.stream\` with a line for each step and time step, \`step,timestep,log10_norm\` and, where there are any, \`cell_state\` and \`probe\`; of a tile it has \`bucket_steps\`, \`bucket_timesteps\` and columns such as \`log10_norm.max\`.`,
  params: JOB_ID,
  querystring: parameters({
    layer: LAYER,
    ...RANGE_QUERY,
    from_timestep: timestep('The first requested time step, from 1.'),
    to_timestep: timestep('The last requested time step.'),
    limit: Type.Integer({ default: 100, minimum: 1, maximum: 1000, description: 'Rows of a page.' }),
    max_steps: Type.Optional(
      Type.Integer({ minimum: 2, maximum: 512, description: 'Buckets of training steps of a tile.' }),
    ),
    max_timesteps: Type.Optional(
      Type.Integer({ minimum: 2, maximum: 256, description: 'Buckets of time steps of a tile.' }),
    ),
  }),
  response: answers(
    {
      200: table(
        Type.Union([Flow, FlowBuckets]),
        'A row of values for each observed step, or buckets of them.',
        CURSOR_HEADERS,
      ),
      ...UNCHANGED,
    },
    ['JOB_NOT_FOUND', 'NOT_ACCEPTABLE'],
  ),
}

export function flow(app: App): void {
  const bodies = new ByteCache<{ bytes: Buffer; cursor: string }>(ANSWER_BYTES)
  app.get('/v1/jobs/:id/flow', { schema: GET, config: { scope: 'read' } }, async (request, reply) => {
    const { params, query, url } = request
    const format = formatFor(request, reply)
    const head = await app.heads.read(params.id)
    if (isKnown(request, reply, head, format.tag)) return reply.code(304).send()
    // Encoded once for each state of the run; a full page once for all states.
    const { tag } = format
    const make = async () => {
      const found = await answerFlow(app, params.id, query)
      const value = { bytes: written(format, found, flowTable), cursor: found.cursor }
      return { value, bytes: value.bytes.length, lasts: isFullPage(found, query) }
    }
    const { bytes, cursor } = await bodies.get(
      `${url} ${formatEtag(head, tag)}`,
      make,
      `${url} ${formatFullPageTag(head, tag)}`,
    )
    return reply.type(format.type).header('unroll-cursor', cursor).send(bytes)
  })
}
