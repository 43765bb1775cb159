import { Sweep, UnrollError } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import { advance } from '../../../../sweeps/advance.ts'
import { describeSweep } from '../../../../sweeps/view.ts'
import type { App } from '../../../../types.ts'
import { SWEEP_ID } from '../../../parameters.ts'

const CANCEL = {
  operationId: 'cancelSweep',
  tags: ['sweeps'],
  summary: 'Cancels all unfinished jobs of a sweep; no more are created.',
  params: SWEEP_ID,
  response: answers({ 202: answer(Sweep, 'The sweep, cancelled or about to be.') }, [
    'SWEEP_NOT_FOUND',
    'SWEEP_ENDED',
    'CROSS_ORIGIN',
  ]),
}

export function cancelSweep(app: App): void {
  app.post(
    '/v1/sweeps/:id/cancel',
    { schema: CANCEL, config: { scope: 'submit', stores: false } },
    async ({ params: { id } }, reply) => {
      const status = await app.store.sweeps.cancel(id)
      if (status === 'succeeded' || status === 'failed')
        throw new UnrollError('SWEEP_ENDED', `Cannot cancel sweep "${id}": it has ${status}`)
      await advance(app, id)
      return reply.code(202).send(describeSweep(await app.store.sweeps.get(id)))
    },
  )
}
