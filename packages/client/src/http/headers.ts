const KEY_BYTES = 16

/**
 * Headers of a request that makes something once even if it is sent several times.
 *
 * @param key unless given, one that no other request has
 */
export function creatingHeaders(key: string = makeKey()): Record<string, string> {
  return { 'idempotency-key': key }
}

/** `crypto.randomUUID()` is missing on pages that come over plain HTTP. */
function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
