import { UnrollError } from '@unroll/contract'
import type { App } from '../types.ts'

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

const READING = ['GET', 'HEAD', 'OPTIONS']
const OWN_SITES = ['same-origin', 'none']

/**
 * Protects the service from requests that a page of another origin makes a browser send: by the headers above, and by
 * refusing such requests. They would need only the address, because there are no API keys. Browsers name the origin of
 * a request in `Sec-Fetch-Site`; other clients do not send it. Also returns the request id of the log.
 */
export function security(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS).header('x-request-id', request.id)
    const site = request.headers['sec-fetch-site']
    if (typeof site === 'string' && !OWN_SITES.includes(site) && !READING.includes(request.method))
      throw new UnrollError('CROSS_ORIGIN', 'Cannot take the request as a page of another origin sent it')
  })
}
