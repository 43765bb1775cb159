import { randomBytes } from 'node:crypto'
import { weightsKey } from '@unroll/artifacts'
import { SessionSaveRequest, UnrollError, Weights, newId } from '@unroll/contract'
import { answer, answers, header } from '../../../../document/answers.ts'
import { limitStored } from '../../../../limits/policy.ts'
import { ANSWER_HEADERS, ASKING, ASKING_HEADERS, askSession } from '../../../../sessions/asking.ts'
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
  headers: ASKING_HEADERS,
  response: answers(
    { 201: answer(Weights, 'The weights.', { location: header('Where the weights are.'), ...ANSWER_HEADERS }) },
    [...ASKING, 'QUOTA_EXCEEDED', 'ARTIFACTS_UNAVAILABLE'],
  ),
}

/** What a worker tells of the file that it has written, now or at an earlier request. */
interface Saved extends Pick<Weights, 'bytes' | 'sha256' | 'tensors' | 'created_at'> {
  weights: string
  step: number
}

export function saveSession(app: App): void {
  app.post('/v1/sessions/:id/save', { schema: ASK, config: { scope: 'submit' } }, async (request, reply) => {
    const { store, artifacts } = app
    const { params, body, caller } = request
    const session = await store.sessions.get(params.id)
    const owner = await store.owners.find('session', params.id)
    const command = { type: 'save', weights: newId('weights', Date.now(), randomBytes(16)), name: body.name } as const
    const saved = (await askSession(app, { request, reply }, command)) as unknown as Saved
    const { weights: id, step, bytes, sha256, tensors, created_at } = saved
    if (id !== command.weights) await refuseDeleted(app, id)
    const name = body.name ?? `${session.name}, step ${step}`
    const record: Weights = { id, object: 'weights', name, format: 'safetensors', bytes, sha256, tensors, created_at }
    await store.stored.put(owner, id, bytes, limitStored(app, caller)).catch(async (error: unknown) => {
      await artifacts.delete(weightsKey(id))
      throw error
    })
    await store.weights.put(record, owner)
    return reply.code(201).header('location', `/v1/weights/${id}`).send(record)
  })
}

/** The file of an earlier request may be gone. @throws {UnrollError} IDEMPOTENCY_KEY_SPENT */
async function refuseDeleted({ artifacts }: Pick<App, 'artifacts'>, id: string): Promise<void> {
  if ((await artifacts.head(weightsKey(id))) !== undefined) return
  throw new UnrollError('IDEMPOTENCY_KEY_SPENT', `Cannot give weights "${id}" again: they have been deleted`)
}
