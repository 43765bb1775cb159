import { Sweep } from '@unroll/spec'
import { answer, answers } from '../../../document/answers.ts'
import { sweepOf } from '../../../sweeps/view.ts'
import type { App } from '../../../types.ts'
import { SWEEP_ID } from '../../ids.ts'

const GET = {
  operationId: 'getSweep',
  tags: ['sweeps'],
  summary: 'Gives a sweep: its state, its runs with what they came to, and the best of them.',
  params: SWEEP_ID,
  response: answers({ 200: answer(Sweep, 'The sweep.') }, ['SWEEP_NOT_FOUND']),
}

export function sweep(app: App): void {
  app.get('/v1/sweeps/:id', { schema: GET }, async ({ params }, reply) =>
    reply.send(sweepOf(await app.store.sweeps.get(params.id))),
  )
}
