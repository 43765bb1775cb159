import { randomBytes } from 'node:crypto'
import { weightsKey } from '@unroll/artifacts'
import { SessionSaveRequest, Weights, newId } from '@unroll/contract'
import { answer, answers, header } from '../../../../document/answers.ts'
import { limitStored } from '../../../../limits/policy.ts'
import { ASKING, askSession } from '../../../../sessions/asking.ts'
import type { App } from '../../../../types.ts'
import { SESSION_ID } from '../../../parameters.ts'

const ASK = {
  operationId: 'saveSession',
  tags: ['sessions'],
  summary: 'Saves the weights and the state of the optimizer, from which jobs may start (`init_from`).',
  description:
    'The file is that of the checkpoint of a job with the same state. It is kept under `/v1/weights` and stays when the session is deleted.',
  params: SESSION_ID,
  body: SessionSaveRequest,
  response: answers({ 201: answer(Weights, 'The weights.', { location: header('Where the weights are.') }) }, [
    ...ASKING,
    'QUOTA_EXCEEDED',
    'ARTIFACTS_UNAVAILABLE',
  ]),
}

/** What a worker tells of the file that it has written. */
interface Saved extends Pick<Weights, 'bytes' | 'sha256' | 'tensors'> {
  step: number
}

export function saveSession(app: App): void {
  app.post('/v1/sessions/:id/save', { schema: ASK, config: { scope: 'submit' } }, async (request, reply) => {
    const { store, artifacts } = app
    const { params, body, caller } = request
    const session = await store.sessions.get(params.id)
    const owner = await store.owners.find('session', params.id)
    const now = Date.now()
    const id = newId('weights', now, randomBytes(16))
    const saved = (await askSession(app, params.id, { type: 'save', weights: id })) as unknown as Saved
    const { step, bytes, sha256, tensors } = saved
    const about = { format: 'safetensors', created_at: new Date(now).toISOString() } as const
    const name = body.name ?? `${session.name}, step ${step}`
    const record: Weights = { id, object: 'weights', name, bytes, sha256, tensors, ...about }
    await store.stored.put(owner, id, bytes, limitStored(app, caller)).catch(async (error: unknown) => {
      await artifacts.delete(weightsKey(id))
      throw error
    })
    await store.weights.put(record, owner)
    return reply.code(201).header('location', `/v1/weights/${id}`).send(record)
  })
}
