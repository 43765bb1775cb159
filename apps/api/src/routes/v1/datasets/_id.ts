import { datasetKey } from '@unroll/artifacts'
import { Dataset, SampleSequence, pageSchema, type Page } from '@unroll/contract'
import { readSamples } from '@unroll/datasets'
import { Type } from 'typebox'
import { answer, answers, noBody } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { DATASET_ID } from '../../parameters.ts'

const GET = {
  operationId: 'getDataset',
  tags: ['datasets'],
  summary:
    'Gives a data set: its size and digest; of a text its vocabulary, of sequences their fields, lengths, classes and missing values.',
  params: DATASET_ID,
  response: answers({ 200: answer(Dataset, 'The data set.') }, ['DATASET_NOT_FOUND']),
}

const MOST_SAMPLES = 10

const SEQUENCES = {
  operationId: 'listSampleSequences',
  tags: ['datasets'],
  summary: 'Gives the first sequences of a data set, to look at; none of a text.',
  params: DATASET_ID,
  querystring: Type.Object(
    {
      limit: Type.Integer({
        default: MOST_SAMPLES,
        minimum: 1,
        maximum: MOST_SAMPLES,
        description: 'Sequences at most.',
      }),
    },
    { additionalProperties: false },
  ),
  response: answers({ 200: answer(pageSchema(SampleSequence), 'Sequences.') }, [
    'DATASET_NOT_FOUND',
    'ARTIFACTS_UNAVAILABLE',
  ]),
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
  app.get('/v1/datasets/:id', { schema: GET, config: { scope: 'read' } }, (request) =>
    app.store.datasets.get(request.params.id),
  )

  app.get('/v1/datasets/:id/sequences', { schema: SEQUENCES, config: { scope: 'read' } }, ({ params, query }) =>
    samplePage(app, params.id, query.limit),
  )

  app.delete('/v1/datasets/:id', { schema: DELETE, config: { scope: 'submit' } }, async (request, reply) => {
    const { id } = request.params
    const owner = await app.store.owners.find('dataset', id)
    await app.store.datasets.delete(id) // The record first: no new job can use the data set from here on.
    await app.artifacts.delete(datasetKey(id))
    await app.store.stored.drop(owner, [id])
    return reply.code(204).send()
  })
}

async function samplePage({ store, artifacts }: App, id: string, limit: number): Promise<Page<SampleSequence>> {
  const { kind } = await store.datasets.get(id)
  const samples = kind === 'text' ? [] : await readSamples(await artifacts.get(datasetKey(id)))
  return { object: 'list', data: samples.slice(0, limit), has_more: false, next: null }
}
