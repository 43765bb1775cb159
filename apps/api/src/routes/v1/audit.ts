import { AuditRecord, PAGE_QUERY, pageSchema } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../../document/answers.ts'
import type { App } from '../../types.ts'
import { parameters } from '../parameters.ts'

const LIST = {
  operationId: 'listAuditRecords',
  tags: ['keys'],
  summary: 'Lists who changed what, or tried to, newest first.',
  description: 'At least the newest 100,000 changes are kept. Nothing changes a record, and bodies are in none.',
  querystring: parameters({
    ...PAGE_QUERY,
    after: Type.Optional(
      Type.String({ pattern: String.raw`^\d{1,15}-\d{1,15}$`, description: 'The `next` of the previous page.' }),
    ),
  }),
  response: answers({ 200: answer(pageSchema(AuditRecord), 'A page of records.') }, []),
}

export function audit(app: App): void {
  app.get('/v1/audit', { schema: LIST, config: { scope: 'admin' } }, (request) => app.store.audit.list(request.query))
}
