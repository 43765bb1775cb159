import { Worker, pageSchema } from '@unroll/contract'
import { hasScope } from '../../access/caller.ts'
import { answer, answers } from '../../document/answers.ts'
import type { App } from '../../types.ts'

const LIST = {
  operationId: 'listWorkers',
  tags: ['workers'],
  summary: 'Lists the workers of the last hour and the jobs of their slots.',
  response: answers({ 200: answer(pageSchema(Worker), 'All workers.') }, []),
}

export function workers(app: App): void {
  app.get('/v1/workers', { schema: LIST, config: { scope: 'read' } }, async ({ caller }) => {
    const owner = hasScope(caller, 'operate') ? undefined : caller.owner
    const data = await app.store.workers.list()
    return {
      object: 'list',
      data: owner === undefined ? data : await Promise.all(data.map((worker) => hideForeign(app, worker, owner))),
      has_more: false,
      next: null,
    }
  })
}

/** A worker whose slots name no job of another owner. */
async function hideForeign({ store }: App, worker: Worker, owner: string): Promise<Worker> {
  const slots = worker.slots.map(async (slot) => {
    const isForeign = slot.job !== null && (await store.owners.find('job', slot.job)) !== owner
    return isForeign ? { ...slot, job: null } : slot
  })
  return { ...worker, slots: await Promise.all(slots) }
}
