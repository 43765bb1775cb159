import crypto, { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'

// @ts-expect-error it comes without types
import S3rver from '@20minutes/s3rver'

const HOST = '127.0.0.1'
const BUCKET = 'artifacts'
const LISTED_AT_A_TIME = 100
/** The one pair of keys that the server knows. */
const KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

/**
 * What the server does to the next request it fits:
 * `refuse` answers 503; `hang` never answers; `cut` breaks the connection off while the request comes in; `cut_body`
 * while the answer goes out.
 *
 * @typedef {object} Fault
 * @property {'refuse' | 'hang' | 'cut' | 'cut_body'} act
 * @property {string} method
 * @property {number} [times] how many requests, 1 by default
 */

/**
 * @typedef {object} S3Server
 * @property {string} url location of the artifacts, `s3://…`
 * @property {{ accessKeyId: string, secretAccessKey: string, endpoint: string }} s3
 * @property {Fault[]} faults to come; the test adds to them
 * @property {string[]} requests method and path with query of each that came
 * @property {() => number} fired how many faults have been done
 * @property {() => Promise<void>} stop
 */

/**
 * Starts an S3-compatible server in this process, with an empty bucket.
 * @param {string} [prefix] of the artifacts in the bucket
 * @returns {Promise<S3Server>}
 */
export async function startS3(prefix = 'unroll') {
  const directory = mkdtempSync(join(tmpdir(), 'unroll-s3-'))
  const app = new S3rver({ directory, silent: true, configureBuckets: [{ name: BUCKET }] })
  await app.configureBuckets()
  app.store.putContent = putWhole
  const listObjects = app.store.listObjects.bind(app.store)
  app.store.listObjects = (/** @type {string} */ bucket, /** @type {object} */ options) =>
    listObjects(bucket, { ...options, maxKeys: LISTED_AT_A_TIME })
  knowDes()
  /** @type {Fault[]} */
  const faults = []
  /** @type {string[]} */
  const requests = []
  let fired = 0
  app.middleware.unshift(abortUploads(app.store), async (/** @type {any} */ context, /** @type {any} */ next) => {
    requests.push(`${context.method} ${context.url}`)
    const fault = faults.find(({ method }) => method === context.method)
    if (fault === undefined) return await next()
    fault.times = (fault.times ?? 1) - 1
    if (fault.times === 0) faults.splice(faults.indexOf(fault), 1)
    fired++
    return await ACTS[fault.act](context, next)
  })
  app.on('error', () => {}) // connections that break off on purpose
  const server = await app.listen(0, HOST)
  if (!server.listening) await once(server, 'listening')
  return {
    url: `s3://${BUCKET}/${prefix}`,
    s3: { ...KEYS, endpoint: `http://${HOST}:${server.address().port}` },
    faults,
    requests,
    fired: () => fired,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** @type {Record<Fault['act'], (context: any, next: () => Promise<void>) => Promise<void>>} */
const ACTS = {
  refuse: async (context) => {
    context.status = 503
    context.body = '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
  },
  hang: async (context) => {
    context.respond = false
  },
  cut: async (context) => {
    context.respond = false
    if (Number(context.req.headers['content-length']) > 0) await once(context.req, 'data')
    context.req.socket.destroy()
  },
  cut_body: async (context, next) => {
    await next()
    context.respond = false
    const whole = await buffer(context.body)
    context.res.writeHead(context.status, { etag: context.response.get('etag'), 'content-length': whole.length })
    context.res.write(whole.subarray(0, whole.length / 2), () => context.req.socket.destroy())
  },
}

/**
 * Keeps the rule of S3 that an object is there whole or not at all, which the server by itself does not.
 * @param {string} path
 * @param {Buffer | import('node:stream').Readable} content
 */
async function putWhole(path, content) {
  const whole = Buffer.isBuffer(content) ? content : await buffer(content)
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(unfinished, whole)
  await rename(unfinished, path)
  return [whole.length, createHash('md5').update(whole).digest('hex')]
}

/**
 * The one request of ours that the server does not know.
 * @param {{ getResourcePath(bucket: string, key: undefined, resource: string): string }} store
 */
function abortUploads(store) {
  return async (/** @type {any} */ context, /** @type {any} */ next) => {
    await next()
    if (context.method !== 'DELETE' || context.query.uploadId === undefined) return
    await rm(join(store.getResourcePath(BUCKET, undefined, 'uploads'), context.query.uploadId), { recursive: true })
    context.status = 204
    context.body = null
  }
}

/** The server writes the token of a listing's next page in DES, which OpenSSL 3 has only as three rounds: with one key the same. */
function knowDes() {
  for (const name of /** @type {const} */ (['createCipheriv', 'createDecipheriv'])) {
    const original = /** @type {any} */ (crypto[name])
    // @ts-expect-error one of two types
    crypto[name] = (/** @type {string} */ algorithm, /** @type {Buffer} */ key, /** @type {Buffer} */ iv) =>
      algorithm === 'des' ? original('des-ede3-cbc', Buffer.concat([key, key, key]), iv) : original(algorithm, key, iv)
  }
}
