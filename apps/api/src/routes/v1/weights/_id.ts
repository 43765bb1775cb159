import { weightsKey } from '@unroll/artifacts'
import { Weights } from '@unroll/contract'
import { answer, answers, noBody } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { WEIGHTS_ID } from '../../parameters.ts'

const GET = {
  operationId: 'getWeights',
  tags: ['weights'],
  summary: 'Returns uploaded weights: the format and digest of the file, and its tensors.',
  params: WEIGHTS_ID,
  response: answers({ 200: answer(Weights, 'The weights.') }, ['WEIGHTS_NOT_FOUND']),
}

const DELETE = {
  operationId: 'deleteWeights',
  tags: ['weights'],
  summary: 'Deletes uploaded weights; jobs that start from them have a copy.',
  params: WEIGHTS_ID,
  response: answers({ 204: noBody('The weights are deleted.') }, [
    'WEIGHTS_NOT_FOUND',
    'CROSS_ORIGIN',
    'ARTIFACTS_UNAVAILABLE',
  ]),
}

export function weightsFile(app: App): void {
  app.get('/v1/weights/:id', { schema: GET, config: { scope: 'read' } }, (request) =>
    app.store.weights.get(request.params.id),
  )

  app.delete('/v1/weights/:id', { schema: DELETE, config: { scope: 'submit' } }, async (request, reply) => {
    const { id } = request.params
    const owner = await app.store.owners.find('weights', id)
    await app.store.weights.delete(id) // The record first: no new job can start from them from here on.
    await app.artifacts.delete(weightsKey(id))
    await app.store.stored.drop(owner, [id])
    return reply.code(204).send()
  })
}
