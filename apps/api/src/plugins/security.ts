import { UnrollError } from '@unroll/contract'
import type { App } from '../types.ts'

/** For every answer: pages may load and talk to this origin alone, and nothing written into a page may run. */
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
 * Keeps a browser from being turned against the service: by the headers above, and by refusing what a page of another
 * origin makes it send. Such requests need no more than the address, and there is no key to ask for. Browsers say where a
 * request comes from in `Sec-Fetch-Site`; other clients do not send it. Also names the id the log knows a request by.
 */
export function security(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS).header('x-request-id', request.id)
    const site = request.headers['sec-fetch-site']
    if (typeof site === 'string' && !OWN_SITES.includes(site) && !READING.includes(request.method))
      throw new UnrollError('CROSS_ORIGIN', 'Cannot take the request as a page of another origin sent it')
  })
}
