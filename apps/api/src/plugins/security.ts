import { isIP } from 'node:net'
import { UnrollError } from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App, Browsers } from '../types.ts'
import { ALLOWED_HEADERS, EXPOSED_HEADERS } from './cross_origin_headers.ts'
import { isSafe } from './methods.ts'

/** Headers of every response: pages may only load from and talk to this origin, and inline code may not run. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

const OWN_SITES = ['same-origin', 'none']
/** Time for which a browser keeps the answer to a preflight: the longest that Chromium takes. */
const PREFLIGHT_SECONDS = 7_200

/**
 * Protects the service from pages of other origins, which have a browser send requests to any address:
 *
 * - By the headers above.
 * - `Host` must be an address or a name of this service. A page whose own name resolves to this address (DNS rebinding)
 *   is of the same origin for the browser, and has the name of the attacker in `Host`.
 * - A request that changes something must not come from another origin by `Sec-Fetch-Site`, which browsers only send to
 *   trustworthy addresses, nor by `Origin`. Other clients send neither.
 *
 * Pages of the origins in `UNROLL_ALLOWED_ORIGINS` are excepted (CORS). Also returns the request id of the log.
 */
export function security(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS).header('x-request-id', request.id)
    const { hosts, origins } = app.browsers
    refuseForeignHost(request, hosts)
    const { origin } = request.headers
    if (origin !== undefined && origins.includes(origin)) return shareWith(origin, request, reply)
    if (!isSafe(request.method)) refuseForeignPage(request)
    return undefined
  })
}

/** Whether `Host` may be that of a request: an IP address, which no other name can stand for, or a name of `hosts`. */
export function isKnownHost(host: string, hosts: Browsers['hosts']): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || name === 'localhost' || hosts.includes(name)
}

function refuseForeignHost({ headers: { host } }: FastifyRequest, hosts: Browsers['hosts']): void {
  if (host === undefined || isKnownHost(host, hosts)) return // HTTP/1.0, which no browser speaks, has none
  throw new UnrollError(
    'HOST_UNKNOWN',
    `Cannot answer for host "${host}": it must be an IP address, localhost, HOST, or a name in UNROLL_ALLOWED_HOSTS`,
  )
}

function refuseForeignPage({ headers }: FastifyRequest): void {
  const { origin, host = '', 'sec-fetch-site': site } = headers
  const isOwnSite = site === undefined || OWN_SITES.includes(site)
  const isOwnOrigin = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host.toLowerCase())
  if (isOwnSite && isOwnOrigin) return
  const page = origin === undefined ? 'a page of another origin' : `a page of "${origin}"`
  throw new UnrollError(
    'CROSS_ORIGIN',
    `Cannot take the request as ${page} sent it: its origin must be "${host}", or be in UNROLL_ALLOWED_ORIGINS`,
  )
}

/** Lets a page of an allowed origin read the response, and answers what a browser asks before it sends such a request. */
function shareWith(origin: string, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
    vary: 'origin',
  })
  const method = request.headers['access-control-request-method']
  if (request.method !== 'OPTIONS' || method === undefined) return undefined
  return reply
    .code(204)
    .headers({
      'access-control-allow-methods': method,
      'access-control-allow-headers': ALLOWED_HEADERS.join(', '),
      'access-control-max-age': PREFLIGHT_SECONDS,
    })
    .send()
}
