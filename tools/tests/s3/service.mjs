import { buffer } from 'node:stream/consumers'

import { Refusal } from './error.mjs'
import { sha256, verifySignature } from './signature.mjs'

/** @import { IncomingMessage } from 'node:http' */
/** @import { Bucket } from './bucket.mjs' */

/** As few as it takes to have tests meet a second page. */
const LISTED_AT_A_TIME = 100

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string | number>} [headers]
 * @property {string | Buffer} [body]
 */

/**
 * @typedef {object} Asked
 * @property {Bucket} bucket
 * @property {string} key
 * @property {URLSearchParams} query
 * @property {IncomingMessage['headers']} headers
 * @property {Buffer} body
 */

/**
 * Answers a request as S3 does. Those that it does not know are refused.
 *
 * @param {IncomingMessage} request
 * @param {{ buckets: Map<string, Bucket>, secrets: Record<string, string> }} service
 * @returns {Promise<Answer>}
 */
export async function answerRequest(request, { buckets, secrets }) {
  const { method = '', url = '', headers } = request
  const body = await buffer(request)
  try {
    verifySignature({ method, url, headers }, secrets)
    if (sha256(body) !== headers['x-amz-content-sha256'])
      throw new Refusal(400, 'XAmzContentSHA256Mismatch', 'The provided x-amz-content-sha256 is not that of the body.')
    const { pathname, searchParams: query } = new URL(url, 'http://s3')
    const [, name = '', ...rest] = pathname.split('/').map(decodeURIComponent)
    const bucket = buckets.get(name)
    if (bucket === undefined) throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist.')
    const key = rest.join('/')
    const answer = chooseAction(method, key, query)
    if (answer === undefined) throw new Refusal(501, 'NotImplemented', 'This server does not know the request.')
    return answer({ bucket, key, query, headers, body })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { status, code, message } = error
    return { status, ...xml('Error', `<Code>${code}</Code><Message>${escape(message)}</Message>`) }
  }
}

/**
 * @param {string} method
 * @param {string} key
 * @param {URLSearchParams} query
 * @returns {((asked: Asked) => Answer) | undefined}
 */
function chooseAction(method, key, query) {
  if (key === '') return method === 'GET' && query.get('list-type') === '2' ? listObjects : undefined
  if (query.has('uploads')) return method === 'POST' ? beginUpload : undefined
  if (query.has('uploadId')) return { PUT: addPart, POST: completeUpload, DELETE: abortUpload }[method]
  return { PUT: putObject, GET: getObject, HEAD: getObject, DELETE: deleteObject }[method]
}

/** @param {Asked} asked @returns {Answer} */
function putObject({ bucket, key, body }) {
  return { status: 200, headers: { etag: bucket.put(key, body) } }
}

/** @param {Asked} asked @returns {Answer} */
function getObject({ bucket, key, headers }) {
  const { bytes, etag, modified } = bucket.get(key)
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag)
    throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold.')
  const about = { etag, 'last-modified': modified.toUTCString(), 'accept-ranges': 'bytes' }
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
  if (from === undefined) return { status: 200, headers: about, body: bytes }
  const start = Number(from)
  if (start >= bytes.length) throw new Refusal(416, 'InvalidRange', 'The requested range is not satisfiable.')
  const part = bytes.subarray(start, to === '' ? undefined : Number(to) + 1)
  const range = `bytes ${start}-${start + part.length - 1}/${bytes.length}`
  return { status: 206, headers: { ...about, 'content-range': range }, body: part }
}

/** @param {Asked} asked @returns {Answer} */
function deleteObject({ bucket, key }) {
  bucket.delete(key)
  return { status: 204 }
}

/** @param {Asked} asked @returns {Answer} */
function listObjects({ bucket, query }) {
  const token = query.get('continuation-token') ?? ''
  const most = Math.min(LISTED_AT_A_TIME, Number(query.get('max-keys') ?? LISTED_AT_A_TIME))
  const after = Buffer.from(token, 'base64url').toString()
  const { found, isTruncated } = bucket.list(query.get('prefix') ?? '', after, most)
  const contents = found.map(
    ([key, { bytes, etag, modified }]) =>
      `<Contents><Key>${escape(key)}</Key><LastModified>${modified.toISOString()}</LastModified>` +
      `<ETag>${escape(etag)}</ETag><Size>${bytes.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  )
  const next = Buffer.from(found.at(-1)?.[0] ?? '').toString('base64url')
  const rest = isTruncated ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''
  const head = `<IsTruncated>${isTruncated}</IsTruncated><KeyCount>${found.length}</KeyCount>`
  return { status: 200, ...xml('ListBucketResult', head + rest + contents.join('')) }
}

/** @param {Asked} asked @returns {Answer} */
function beginUpload({ bucket, key }) {
  const body = `<Key>${escape(key)}</Key><UploadId>${bucket.begin(key)}</UploadId>`
  return { status: 200, ...xml('InitiateMultipartUploadResult', body) }
}

/** @param {Asked} asked @returns {Answer} */
function addPart({ bucket, key, query, body }) {
  const number = Number(query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new Refusal(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive.')
  return { status: 200, headers: { etag: bucket.addPart(key, query.get('uploadId') ?? '', number, body) } }
}

/** @param {Asked} asked @returns {Answer} */
function completeUpload({ bucket, key, query, body }) {
  const listed = Array.from(
    body.toString().matchAll(/<Part><PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag><\/Part>/g),
    ([, number, etag = '']) => ({ number: Number(number), etag: etag.replaceAll(/&#34;|&quot;/g, '"') }),
  )
  const etag = bucket.complete(key, query.get('uploadId') ?? '', listed)
  return { status: 200, ...xml('CompleteMultipartUploadResult', `<ETag>${escape(etag)}</ETag>`) }
}

/** @param {Asked} asked @returns {Answer} */
function abortUpload({ bucket, key, query }) {
  bucket.abort(key, query.get('uploadId') ?? '')
  return { status: 204 }
}

/**
 * @param {string} root
 * @param {string} content
 */
export function xml(root, content) {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`
  return { headers: { 'content-type': 'application/xml' }, body }
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
