import { UnrollError, idPattern } from '@unroll/contract'
import type { OwnedKind } from '@unroll/store'
import type { FastifyReply, RouteOptions } from 'fastify'
import { NOBODY, hasScope, visibleOwner, type Caller, type RouteScope } from '../access/caller.ts'
import { FailedKeys } from '../access/failed_keys.ts'
import { STALE_MS } from '../access/gate.ts'
import { OpenRequests } from '../access/open_requests.ts'
import { inSeconds } from '../limits/rate_headers.ts'
import type { App } from '../types.ts'
import { settle } from './settle.ts'

/** The kinds of things that paths name by an id, by the start of the ids. */
const KINDS_BY_ID = (['job', 'sweep', 'session', 'dataset', 'weights'] as const).map(
  (kind) => [kind, new RegExp(idPattern(kind))] as const satisfies [OwnedKind, RegExp],
)

/**
 * Lets every request do what its key may do, and no more. A route names its scope in `config.scope`; one that does not
 * is for admins. What belongs to another owner is not there: it is refused as what does not exist, before the handler
 * runs. Handlers only see to the owner of what bodies name, and of lists.
 */
export function access(app: App): void {
  const routes: RouteOptions[] = []
  app.decorate('guardedRoutes', routes)
  app.decorateRequest('caller')
  app.decorateReply('openPlace', -1)
  app.addHook('onRoute', (route) => void routes.push(route))
  const open = watchOpenRequests(app)
  const failedKeys = new FailedKeys()
  const admit = (reply: FastifyReply, caller: Caller, scope: RouteScope): UnrollError | undefined => {
    reply.request.caller = caller
    if (caller.key !== null) reply.openPlace = open.add(reply)
    if (hasScope(caller, scope)) return undefined
    reply.header('www-authenticate', `Bearer error="insufficient_scope", scope="${scope}"`) // RFC 6750
    return new UnrollError('SCOPE_MISSING', `Cannot do this with the key: it must have the scope "${scope}"`)
  }
  // No promise where the caller is known: a poll takes a few hundred microseconds, of which keys are to cost next to none.
  app.addHook('onRequest', (request, reply, done) => {
    const { scope = 'admin' } = request.routeOptions.config
    const { authorization } = request.headers
    request.caller = NOBODY
    if (scope === 'public') return done()
    const known = app.gate.recall(authorization)
    if (known !== undefined) return done(admit(reply, known, scope))
    const refused = authorization === undefined ? undefined : failedKeys.refusal(request.ip)
    if (refused !== undefined) {
      reply.header('retry-after', inSeconds(refused.endsInMs))
      return done(refused.error)
    }
    const identified = async () => {
      const caller = await app.gate.identify(authorization).catch((error: unknown) => {
        if (error instanceof UnrollError && error.code === 'UNAUTHENTICATED') {
          reply.header('www-authenticate', authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"')
          if (authorization !== undefined) failedKeys.note(request.ip)
        }
        throw error
      })
      return admit(reply, caller, scope)
    }
    void settle(identified(), done)
  })
  app.addHook('preHandler', (request, _reply, done) => {
    const owner = visibleOwner(request.caller)
    if (owner === undefined) return done()
    const named = (request.params ?? {}) as Named
    const { owners } = app.store
    if (named.name === undefined && named.id !== undefined && owners.recall(named.id) === owner) return done() // a poll
    const [kind, name] = findSubject(named)
    if (kind === undefined || request.routeOptions.config.scope === 'public') return done()
    void settle(owners.refuseForeign(kind, name, owner), done)
  })
  app.addHook('onResponse', (_request, reply, done) => {
    open.remove(reply, reply.openPlace)
    done()
  })
}

/** What a path names. */
interface Named {
  id?: string
  name?: string
}

/** What a path names that has an owner. */
function findSubject({ id = '', name }: Named): [kind: OwnedKind | undefined, name: string] {
  if (name !== undefined) return ['model', name]
  return [KINDS_BY_ID.find(([, pattern]) => pattern.test(id))?.[0], id]
}

/** Routes of plugins that need no key: files, and pages that describe the service. */
export function publicRoutes(app: App, add: (scope: App) => void): void {
  app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, scope: 'public' }
    })
    add(scope)
  })
}

/** Breaks off requests that take long, such as streams and uploads, once their key does not work any more. */
function watchOpenRequests(app: App): OpenRequests {
  const open = new OpenRequests()
  const timer = setInterval(() => {
    for (const { request } of open.listLong(STALE_MS)) {
      app.gate.identify(request.headers.authorization).catch((error: unknown) => {
        if (error instanceof UnrollError && error.code === 'UNAUTHENTICATED') request.raw.destroy()
      })
    }
  }, STALE_MS).unref()
  app.addHook('onClose', async () => clearInterval(timer))
  return open
}
