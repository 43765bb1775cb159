import { UnrollError, Usage } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../../document/answers.ts'
import { StorageRoom } from '../../storage/room.ts'
import type { App } from '../../types.ts'
import { parameters } from '../parameters.ts'

const DAY_MS = 86_400_000
const DAYS = 30

const day = (description: string) => Type.Optional(Type.String({ format: 'date', description }))

const GET = {
  operationId: 'getUsage',
  tags: ['operation'],
  summary: 'Returns the storage in Redis and in the artifact store, and the training by engine and day.',
  querystring: parameters({
    from: day('The first requested day, in UTC; 29 days before the last by default.'),
    to: day('The last requested day; today by default.'),
  }),
  response: answers({ 200: answer(Usage, 'The storage and the training of the service.') }, ['ARTIFACTS_UNAVAILABLE']),
}

export function usage(app: App): void {
  const room = new StorageRoom(app)
  app.get('/v1/usage', { schema: GET, config: { scope: 'operate' } }, async ({ query }) => {
    const to = query.to ?? formatDay(Date.now())
    const from = query.from ?? formatDay(Date.parse(to) - (DAYS - 1) * DAY_MS)
    if (from > to)
      throw new UnrollError('INVALID_REQUEST', `Cannot give usage from ${from} to ${to}`, {
        faults: [
          { pointer: 'from', detail: `Must be ≤ ${to}, the last day wanted: current value is ${from}`, value: from },
        ],
      })
    const [jobs, training, { redis, artifacts }] = await Promise.all([
      app.store.jobs.count(),
      app.store.usage.training(from, to),
      room.read(),
    ])
    return { object: 'usage' as const, jobs, redis, artifacts, training: { from, to, ...training } }
  })
}

/** Such as `2026-11-28`, in UTC. */
function formatDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
