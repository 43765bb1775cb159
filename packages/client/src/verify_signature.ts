import type { Notification } from '@unroll/contract'

/** The age of a notification that is still accepted, in seconds. */
const TOLERANCE_SECONDS = 300
const PREFIX = 'whsec_'

/** The headers of a notification, as `Headers` of the web or as Node has them. */
export type NotificationHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>

/** A notification that the service has not signed, or not lately. */
export class SignatureError extends Error {
  override name = 'SignatureError'
}

/**
 * Verifies that a notification comes from who has the secret, as Standard Webhooks say, in constant time. A delivery may
 * come more than once: by its `id` a receiver knows it.
 *
 * @param body the bytes as they came, or the same as text
 * @param options.secret `whsec_…` as in `notify` of the job
 * @param options.toleranceSeconds how far the clocks may differ
 * @default 300
 * @param options.now in milliseconds since 1970
 * @default Date.now()
 * @throws {SignatureError}
 */
export async function verifySignature(
  body: string | Uint8Array,
  headers: NotificationHeaders,
  {
    secret,
    toleranceSeconds = TOLERANCE_SECONDS,
    now = Date.now(),
  }: { secret: string; toleranceSeconds?: number; now?: number },
): Promise<Notification> {
  const id = readHeader(headers, 'webhook-id')
  const timestamp = readHeader(headers, 'webhook-timestamp')
  const signatures = readHeader(headers, 'webhook-signature').split(' ')
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds))
    throw new SignatureError(`Cannot accept the notification as its timestamp "${timestamp}" is too far from now`)
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`)
  const raw = decodeBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret)
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  for (const each of signatures) {
    const [version, signature = ''] = each.split(',')
    if (version === 'v1' && (await crypto.subtle.verify('HMAC', key, decodeBase64(signature), signed)))
      return JSON.parse(text) as Notification
  }
  throw new SignatureError('Cannot accept the notification as no signature is of this secret')
}

function readHeader(headers: NotificationHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name]
  if (typeof value === 'string') return value
  throw new SignatureError(`Cannot accept the notification as it has no header "${name}"`)
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch (error) {
    throw new SignatureError('Cannot accept the notification as secret or signature is not base64', { cause: error })
  }
}
