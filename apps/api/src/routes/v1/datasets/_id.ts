import { Dataset } from '@unroll/contract'
import { datasetKey } from '../../../datasets/upload.ts'
import { answer, answers, noBody } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { DATASET_ID } from '../../ids.ts'

const GET = {
  operationId: 'getDataset',
  tags: ['datasets'],
  summary: 'Returns a data set: its size, digest and vocabulary.',
  params: DATASET_ID,
  response: answers({ 200: answer(Dataset, 'The data set.') }, ['DATASET_NOT_FOUND']),
}

const DELETE = {
  operationId: 'deleteDataset',
  tags: ['datasets'],
  summary: 'Deletes a data set that no unfinished job uses.',
  params: DATASET_ID,
  response: answers({ 204: noBody('The data set is deleted.') }, [
    'DATASET_NOT_FOUND',
    'DATASET_IN_USE',
    'CROSS_ORIGIN',
  ]),
}

export function dataset(app: App): void {
  app.get('/v1/datasets/:id', { schema: GET }, (request) => app.store.datasets.get(request.params.id))

  app.delete('/v1/datasets/:id', { schema: DELETE }, async (request, reply) => {
    await app.store.datasets.delete(request.params.id) // The record first: no new job can use the data set from here on.
    await app.artifacts.delete(datasetKey(request.params.id))
    return reply.code(204).send()
  })
}
