import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { SignatureError, verifySignature } from '@unroll/client'
import type { Notification } from '@unroll/contract'
import { Webhook } from 'standardwebhooks'
import { AddressRefusedError, ReceiverAddresses } from './addresses.ts'
import { postNotification, signHeaders } from './post.ts'

const SECRET = `whsec_${Buffer.from('unroll signs what it sends to us').toString('base64')}`
const NOTIFICATION: Notification = {
  id: 'dlv_00000000000000000000_2_0',
  object: 'notification',
  event: 'job_failed',
  job: 'job_00000000000000000000',
  status: 'failed',
  status_reason: 'nonfinite_loss',
  finding: null,
  created_at: '2026-01-02T00:00:00.000Z',
}
const BODY = JSON.stringify(NOTIFICATION)
const HERE = new ReceiverAddresses(['127.0.0.0/8'])

test('signHeaders() signs as Standard Webhooks and verifySignature() read it', async () => {
  const now = Date.now()
  const headers = signHeaders(SECRET, NOTIFICATION.id, BODY, Math.floor(now / 1000))
  assert.deepEqual(new Webhook(SECRET).verify(BODY, headers), NOTIFICATION)
  assert.deepEqual(await verifySignature(BODY, headers, { secret: SECRET }), NOTIFICATION)
  assert.deepEqual(
    await verifySignature(Buffer.from(BODY), new Headers(headers), { secret: SECRET, now }),
    NOTIFICATION,
  )
  const theirs = {
    ...headers,
    'webhook-signature': `v1a,AAAA ${new Webhook(SECRET).sign(NOTIFICATION.id, new Date(now), BODY)}`,
  }
  assert.deepEqual(await verifySignature(BODY, theirs, { secret: SECRET }), NOTIFICATION)
})

test('verifySignature() refuses another body, id, time or secret, and what is old, early or without a header', async (t) => {
  const now = Date.UTC(2026, 0, 2)
  const good = signHeaders(SECRET, NOTIFICATION.id, BODY, now / 1000)
  const refused: [string, string, Record<string, string>, string, number][] = [
    ['another body', BODY.replace('failed', 'queued'), good, SECRET, now],
    ['another id', BODY, { ...good, 'webhook-id': 'dlv_x' }, SECRET, now],
    ['another time', BODY, { ...good, 'webhook-timestamp': String(now / 1000 + 1) }, SECRET, now],
    ['another secret', BODY, good, `whsec_${Buffer.alloc(24).toString('base64')}`, now],
    ['a secret that is not base64', BODY, good, 'whsec_%', now],
    ['an old one', BODY, good, SECRET, now + 301_000],
    ['one of the future', BODY, good, SECRET, now - 301_000],
    ['no time', BODY, { ...good, 'webhook-timestamp': 'NaN' }, SECRET, now],
    ['no signature', BODY, { ...good, 'webhook-signature': '' }, SECRET, now],
    ['no header', BODY, {}, SECRET, now],
  ]
  assert.deepEqual(await verifySignature(BODY, good, { secret: SECRET, now }), NOTIFICATION)
  for (const [what, body, headers, secret, at] of refused)
    await assert.rejects(verifySignature(body, headers, { secret, now: at }), SignatureError, what)
  t.diagnostic(`refused ${refused.length}`)
})

test('the lines of Python in docs/webhooks.md accept what is signed, and refuse another body', (t) => {
  const guide = readFileSync(new URL('../../../../docs/webhooks.md', import.meta.url), 'utf8')
  const lines = /```python\n([\s\S]*?)```/.exec(guide)?.[1] ?? assert.fail('no Python')
  const headers = signHeaders(SECRET, NOTIFICATION.id, BODY, Math.floor(Date.now() / 1000))
  const verify = (body: string) => {
    const call = `verify(${JSON.stringify(body)}.encode(), ${JSON.stringify(headers)}, ${JSON.stringify(SECRET)})`
    return spawnSync('python3', ['-c', `${lines}\n${call}`], { encoding: 'utf8', timeout: 60_000 })
  }
  const accepted = verify(BODY)
  if (accepted.error !== undefined) return t.skip('no python3')
  assert.equal(accepted.status, 0, accepted.stderr)
  assert.match(verify(`${BODY} `).stderr, /ValueError: the notification is not of this secret/)
})

/** A server that ends with the test. */
async function listen(t: TestContext, answer: RequestListener): Promise<URL> {
  const server: Server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b`)
}

const send = (url: URL, { addresses = HERE, ms = 30_000 } = {}) =>
  postNotification(NOTIFICATION, { url, secret: SECRET, addresses, signal: AbortSignal.timeout(ms) })

test('postNotification() sends body and headers, and does not follow a redirect', async (t) => {
  const seen: string[] = []
  const url = await listen(t, (request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
      new Webhook(SECRET).verify(text, request.headers as Record<string, string>)
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
  })
  assert.equal(await send(url), 307)
  assert.deepEqual(seen, ['POST /hook?a=b application/json'])
})

test('postNotification() reads a bounded part of an answer that does not end', async (t) => {
  let closed = (): void => {}
  const whenClosed = new Promise<void>((resolve) => (closed = resolve))
  const url = await listen(t, (_, response) => {
    response.on('close', closed)
    const write = () => void (response.destroyed || response.write(Buffer.alloc(2 ** 12), write))
    write()
  })
  assert.equal(await send(url), 200)
  await whenClosed
})

test('postNotification() ends with its signal where no answer comes', async (t) => {
  const url = await listen(t, () => {})
  await assert.rejects(send(url, { ms: 50 }), { name: 'AbortError' })
})

test('postNotification() connects to the addresses that were checked, whatever DNS says afterwards', async (t) => {
  const asked: string[] = []
  const url = await listen(t, (request, response) => {
    asked.push(request.headers.host ?? '')
    response.end()
  })
  const named = new URL(`http://rebound.example.org:${url.port}/`)
  const answers = [['127.0.0.1'], ['10.9.9.9'], []]
  let queries = 0
  const addresses = new ReceiverAddresses(['127.0.0.0/8'], async () => answers[queries++] ?? [])
  assert.equal(await send(named, { addresses }), 200)
  assert.equal(queries, 1, 'one answer is both checked and used')
  await assert.rejects(send(named, { addresses }), AddressRefusedError)
  await assert.rejects(send(named, { addresses }), { code: 'ENOTFOUND' })
  await assert.rejects(send(url, { addresses: new ReceiverAddresses([]) }), AddressRefusedError)
  assert.deepEqual(asked, [named.host])
})
