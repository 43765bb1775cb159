import { NOBODY, type Caller } from '../access/caller.ts'
import type { App } from '../types.ts'
import { isSafe } from './methods.ts'

/**
 * Records who changed what, or tried to. What asks a trained network changes nothing, and what is asked of a session comes by the
 * hundred each second and is on record in its log.
 */
export function audit(app: App): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, ip, id: requestId } = request
    const { scope = 'admin', audited = true } = routeOptions.config
    if (!audited && reply.statusCode < 400) return
    if (request.is404 || isSafe(method) || scope === 'read' || scope === 'public') return
    const { id, name, key } = (request.params ?? {}) as { id?: string; name?: string; key?: string }
    const caller = (request.caller as Caller | undefined) ?? NOBODY // where it is refused before its key is read
    const record = {
      key: caller.key,
      token_subject: caller.subject,
      owner: caller.owner,
      address: ip,
      method,
      route: routeOptions.url ?? '',
      subject: id ?? name ?? key ?? null,
      status: reply.statusCode,
      request_id: requestId,
    }
    await app.store.audit
      .append(record)
      .catch((err: unknown) => request.log.error({ err, ...record }, 'change not recorded'))
  })
}
