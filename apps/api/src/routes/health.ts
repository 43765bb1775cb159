import { Readiness, UnrollError } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../document/answers.ts'
import type { App } from '../types.ts'

const Live = Type.Object({ status: Type.Literal('live') })

const LIVE = {
  operationId: 'getLiveness',
  tags: ['operation'],
  summary: 'Answers as long as the process runs.',
  response: answers({ 200: answer(Live, 'The process runs.') }, []),
}

const READY = {
  operationId: 'getReadiness',
  tags: ['operation'],
  summary:
    'Answers 200 while the service can accept jobs: Redis can be written and read, runs scripts, and the service is not stopping.',
  response: answers({ 200: answer(Readiness, 'Jobs can be taken.') }, []),
}

export function health(app: App): void {
  app.get('/livez', { schema: LIVE, config: { scope: 'public' } }, async () => ({ status: 'live' }))

  app.get('/readyz', { schema: READY, config: { scope: 'public' } }, async () => {
    const { ready, pingMs, server, warnings } = await app.store.health()
    if (!ready) throw new UnrollError('STORE_UNAVAILABLE', `Not ready: ${warnings.join('; ')}`)
    const full = await app.room.findFault()
    return {
      status: 'ready',
      redis: { server, ping_ms: pingMs },
      warnings: full === undefined ? warnings : [...warnings, `Nothing new is stored: ${full}`],
    }
  })
}
