import { Sweep } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers, noBody } from '../../../document/answers.ts'
import { deleteSweep } from '../../../sweeps/deletion.ts'
import { describeSweep } from '../../../sweeps/view.ts'
import type { App } from '../../../types.ts'
import { SWEEP_ID, parameters } from '../../parameters.ts'

const GET = {
  operationId: 'getSweep',
  tags: ['sweeps'],
  summary: 'Returns a sweep: its state, its runs with their results, and the best of them.',
  params: SWEEP_ID,
  response: answers({ 200: answer(Sweep, 'The sweep.') }, ['SWEEP_NOT_FOUND']),
}

const DELETE = {
  operationId: 'deleteSweep',
  tags: ['sweeps'],
  summary: 'Deletes an ended sweep and its jobs, with their metrics, events and artifacts.',
  params: SWEEP_ID,
  querystring: parameters({
    keep_jobs: Type.Boolean({
      default: false,
      description: 'Keeps its jobs, which `GET /v1/jobs?sweep=` still lists.',
    }),
  }),
  response: answers({ 204: noBody('The sweep is deleted.') }, ['SWEEP_NOT_FOUND', 'SWEEP_NOT_ENDED', 'CROSS_ORIGIN']),
}

export function sweep(app: App): void {
  app.get('/v1/sweeps/:id', { schema: GET, config: { scope: 'read' } }, async ({ params }, reply) =>
    reply.send(describeSweep(await app.store.sweeps.get(params.id))),
  )

  app.delete('/v1/sweeps/:id', { schema: DELETE, config: { scope: 'submit' } }, async ({ params, query }, reply) => {
    await deleteSweep(app, params.id, { keepJobs: query.keep_jobs })
    return reply.code(204).send()
  })
}
