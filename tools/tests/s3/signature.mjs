// AWS Signature Version 4 as the documentation of S3 defines it, from the side of the service. Written apart from the
// client, so that both are wrong together only where the documentation is.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

import { Refusal } from './error.mjs'

const ALGORITHM = 'AWS4-HMAC-SHA256'
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/
/** How far the clocks of client and service may differ. */
const SKEW_MS = 15 * 60_000

/**
 * @typedef {object} SignedRequest
 * @property {string} method
 * @property {string} url path and query as they came
 * @property {Record<string, string | string[] | undefined>} headers names in lower case
 */

/**
 * Verifies who sent a request, and what its headers, path and query are. The body is the caller's to compare with
 * `x-amz-content-sha256`.
 *
 * @param {SignedRequest} request
 * @param {Record<string, string>} secrets secret keys by access key
 * @param {number} [now] milliseconds since 1970
 * @throws {Refusal}
 */
export function verifySignature(request, secrets, now = Date.now()) {
  const { headers } = request
  const [, accessKey = '', day = '', region = '', service = '', signedNames = '', signature = ''] =
    AUTHORIZATION.exec(String(headers['authorization'] ?? '')) ?? []
  if (signature === '') throw new Refusal(403, 'AccessDenied', 'The request is not signed.')
  const secret = secrets[accessKey]
  if (secret === undefined)
    throw new Refusal(403, 'InvalidAccessKeyId', 'The access key you provided does not exist in our records.')
  const names = signedNames.split(';')
  const unsigned = Object.keys(headers).find((name) => /^(?:host|x-amz-.*)$/.test(name) && !names.includes(name))
  if (unsigned !== undefined)
    throw new Refusal(
      403,
      'AccessDenied',
      `There were headers present in the request which were not signed: ${unsigned}`,
    )
  const time = String(headers['x-amz-date'] ?? '')
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(now - at) <= SKEW_MS) || !time.startsWith(day))
    throw new Refusal(403, 'RequestTimeTooSkewed', 'The difference between the request time and our time is too large.')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = [ALGORITHM, time, scope, sha256(canonicalRequest(request, names))].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce(
    (/** @type {string | Buffer} */ outer, part) => hmac(outer, part),
    `AWS4${secret}`,
  )
  if (!timingSafeEqual(Buffer.from(signature, 'hex'), hmac(key, toSign)))
    throw new Refusal(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    )
}

/**
 * @param {SignedRequest} request
 * @param {readonly string[]} names of the signed headers
 */
function canonicalRequest({ method, url, headers }, names) {
  const [path = '', query = ''] = url.split('?')
  const pairs = new URLSearchParams(query)
  const canonicalQuery = [...pairs]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&')
  return [
    method,
    path
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    canonicalQuery,
    ...names.map((name) => `${name}:${[headers[name]].flat().join(',').trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n')
}

/** @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** @param {string | Uint8Array} bytes */
export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * @param {string | Buffer} key
 * @param {string} text
 */
function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest()
}
