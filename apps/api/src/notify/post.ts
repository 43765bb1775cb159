import { createHmac } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Notification } from '@unroll/contract'
import type { ReceiverAddresses } from './addresses.ts'

/** Bytes of an answer that are read, and then ignored: a connection ends in order. */
const MOST_ANSWER_BYTES = 2 ** 14

/** The headers of Standard Webhooks: an id, the time of the attempt in seconds, and the signature of both with the body. */
export function signHeaders(secret: string, id: string, body: string, seconds: number): Record<string, string> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` }
}

/**
 * Sends a notification. Redirects are not followed.
 *
 * @param options.signal ends the attempt, also while an answer is read
 * @returns the status of the answer
 * @throws {AddressRefusedError} and errors of the connection
 */
export async function postNotification(
  notification: Notification,
  { url, secret, addresses, signal }: { url: URL; secret: string; addresses: ReceiverAddresses; signal: AbortSignal },
): Promise<number> {
  const body = JSON.stringify(notification)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'unroll',
    ...signHeaders(secret, notification.id, body, Math.floor(Date.now() / 1000)),
  }
  // The connection goes to what was checked: a further answer of a DNS server, which may be another, does not count.
  const lookup = pin(await addresses.find(url))
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return await new Promise((resolve, reject) => {
    const request = send(url, { method: 'POST', headers, agent: false, lookup, signal }, (response) => {
      let bytes = 0
      response.on('error', () => {}) // the status has come
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MOST_ANSWER_BYTES) response.destroy()
      })
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Resolves every name to these addresses. */
function pin(addresses: readonly string[]): LookupFunction {
  const [first] = addresses
  if (first === undefined) throw Object.assign(new Error('Cannot find an address of the host'), { code: 'ENOTFOUND' })
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_, options, callback) => (options.all === true ? callback(null, all) : callback(null, first, isIP(first)))
}
