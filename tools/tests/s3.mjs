import { once } from 'node:events'
import { createServer } from 'node:http'

import { Bucket } from './s3/bucket.mjs'
import { answerRequest, xml } from './s3/service.mjs'

/** @import { IncomingMessage, ServerResponse } from 'node:http' */
/** @import { Answer } from './s3/service.mjs' */

const HOST = '127.0.0.1'
const BUCKET = 'artifacts'
/** The one pair of keys that the server knows. */
const KEYS = { accessKeyId: 'UNROLLTESTKEY', secretAccessKey: 'a secret key of tests' }

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
 * Starts a server in this process that speaks as much of S3 as `packages/artifacts` needs, with an empty bucket. It holds
 * requests to the rules of S3: signatures, digests of bodies, sizes and order of parts.
 * @param {string} [prefix] of the artifacts in the bucket
 * @returns {Promise<S3Server>}
 */
export async function startS3(prefix = 'unroll') {
  const service = {
    buckets: new Map([[BUCKET, new Bucket()]]),
    secrets: { [KEYS.accessKeyId]: KEYS.secretAccessKey },
  }
  /** @type {Fault[]} */
  const faults = []
  /** @type {string[]} */
  const requests = []
  let fired = 0
  /** @param {IncomingMessage} request @param {ServerResponse} response */
  const serve = async (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const fault = faults.find(({ method }) => method === request.method)
    if (fault === undefined) return send(response, await answerRequest(request, service))
    fault.times = (fault.times ?? 1) - 1
    if (fault.times === 0) faults.splice(faults.indexOf(fault), 1)
    fired++
    return await ACTS[fault.act](request, response, () => answerRequest(request, service))
  }
  const server = createServer((request, response) => {
    // Of a connection that broke off there is nobody left to tell.
    serve(request, response).catch((error) => response.destroy(error))
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Cannot listen on a port')
  return {
    url: `s3://${BUCKET}/${prefix}`,
    s3: { ...KEYS, endpoint: `http://${HOST}:${address.port}` },
    faults,
    requests,
    fired: () => fired,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/**
 * @param {ServerResponse} response
 * @param {Answer} answer
 */
function send(response, { status, headers = {}, body = '' }) {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { ...headers, ...length }).end(body) // Node leaves the body of an answer to HEAD out
}

/** @type {Record<Fault['act'], (request: IncomingMessage, response: ServerResponse, answer: () => Promise<Answer>) => unknown>} */
const ACTS = {
  refuse: (_, response) =>
    send(response, {
      status: 503,
      ...xml('Error', '<Code>SlowDown</Code><Message>Please reduce your request rate.</Message>'),
    }),
  hang: () => {},
  cut: async (request) => {
    if (Number(request.headers['content-length']) > 0) await once(request, 'data')
    request.socket.destroy()
  },
  cut_body: async (request, response, answer) => {
    const { status, headers, body = '' } = await answer()
    const whole = Buffer.from(body)
    response.writeHead(status, { ...headers, 'content-length': whole.length })
    response.write(whole.subarray(0, whole.length / 2), () => request.socket.destroy())
  },
}
