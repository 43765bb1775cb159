import { Type } from 'typebox'
import { answers } from '../document/answers.ts'
import type { App } from '../types.ts'

const GET = {
  operationId: 'getPrometheusMetrics',
  tags: ['operation'],
  summary: 'Returns the metrics of the service for Prometheus.',
  response: answers(
    {
      200: {
        description: 'Jobs by state, workers and their slots, requests, and this process.',
        content: { 'text/plain': { schema: Type.String() } },
      },
    },
    [],
  ),
}

export function prometheus(app: App): void {
  app.get('/metrics', { schema: GET, config: { scope: 'operate' } }, async (_request, reply) => {
    await app.refreshMetrics()
    return reply.type(app.registry.contentType).send(await app.registry.metrics())
  })
}
