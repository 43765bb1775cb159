import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Bucket } from './s3/bucket.mjs'
import { verifySignature } from './s3/signature.mjs'

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const DATE = '20130524T000000Z'
const SECRETS = { AKIAIOSFODNN7EXAMPLE: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const HOST = { host: 'examplebucket.s3.amazonaws.com', 'x-amz-date': DATE }

/**
 * The examples of the documentation of S3, with its signatures:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 * @type {{ method: string, url: string, headers: Record<string, string>, signature: string }[]}
 */
const EXAMPLES = [
  {
    method: 'GET',
    url: '/test.txt',
    headers: { range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    method: 'PUT',
    url: '/test%24file.text',
    headers: {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    method: 'GET',
    url: '/?lifecycle',
    headers: { 'x-amz-content-sha256': EMPTY },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    method: 'GET',
    url: '/?max-keys=2&prefix=J',
    headers: { 'x-amz-content-sha256': EMPTY },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
]

/** @param {(typeof EXAMPLES)[number]} example */
function signed({ method, url, headers: given, signature }) {
  const headers = { ...HOST, ...given }
  const names = Object.keys(headers).toSorted().join(';')
  const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names},Signature=${signature}`
  return { method, url, headers: { ...headers, authorization } }
}

const AT = Date.UTC(2013, 4, 24)

for (const example of EXAMPLES) {
  const { method, url } = example
  test(`verifySignature() accepts the example ${method} ${url} of the documentation, and no other request`, () => {
    const request = signed(example)
    verifySignature(request, SECRETS, AT)
    const { headers } = request
    const others = [
      { ...request, method: 'POST' },
      { ...request, url: `${url}x` },
      { ...request, headers: { ...headers, host: 'other' } },
      { ...request, headers: { ...headers, 'x-amz-content-sha256': EMPTY.replace('e', 'f') } },
    ]
    for (const other of others)
      assert.throws(() => verifySignature(other, SECRETS, AT), { code: 'SignatureDoesNotMatch' })
    assert.throws(() => verifySignature(request, { AKIAIOSFODNN7EXAMPLE: 'x' }, AT), { code: 'SignatureDoesNotMatch' })
    assert.throws(() => verifySignature(request, {}, AT), { code: 'InvalidAccessKeyId' })
    assert.throws(() => verifySignature(request, SECRETS, AT + 16 * 60_000), { code: 'RequestTimeTooSkewed' })
    assert.throws(() => verifySignature({ ...request, headers: HOST }, SECRETS, AT), { code: 'AccessDenied' })
    const more = { ...request, headers: { ...headers, 'x-amz-acl': 'public-read' } }
    assert.throws(() => verifySignature(more, SECRETS, AT), { code: 'AccessDenied' })
  })
}

test('Bucket joins parts as S3 does, and refuses parts that are small, out of order or not there', () => {
  const bucket = new Bucket()
  const id = bucket.begin('a')
  const large = Buffer.alloc(5 * 2 ** 20)
  const [first, second, small] = [large, large, Buffer.from('x')].map((bytes, at) => ({
    number: at + 1,
    etag: bucket.addPart('a', id, at + 1, bytes),
  }))
  assert.ok(first && second && small)
  const other = bucket.addPart('a', id, 4, Buffer.from('y'))
  for (const [parts, code] of /** @type {const} */ ([
    [[second, first], 'InvalidPartOrder'],
    [[first, small, { number: 4, etag: other }], 'EntityTooSmall'],
    [[first, { number: 5, etag: other }], 'InvalidPart'],
    [[first, { number: 4, etag: small.etag }], 'InvalidPart'],
    [[], 'MalformedXML'],
  ]))
    assert.throws(() => bucket.complete('a', id, [...parts]), { code })
  assert.throws(() => bucket.get('a'), { code: 'NoSuchKey' })
  assert.match(bucket.complete('a', id, [first, second, small]), /^"[0-9a-f]{32}-3"$/)
  assert.equal(bucket.get('a').bytes.length, 2 * large.length + 1)
  assert.throws(() => bucket.abort('a', id), { code: 'NoSuchUpload' })
})

test('Bucket lists in the order of bytes, page by page', () => {
  const bucket = new Bucket()
  for (const key of ['x/z', 'x/é', 'x/a', 'y', 'x/a/b']) bucket.put(key, Buffer.from(key))
  const first = bucket.list('x/', '', 3)
  assert.deepEqual([first.found.map(([key]) => key), first.isTruncated], [['x/a', 'x/a/b', 'x/z'], true])
  const rest = bucket.list('x/', 'x/z', 3)
  assert.deepEqual([rest.found.map(([key]) => key), rest.isTruncated], [['x/é'], false])
})
