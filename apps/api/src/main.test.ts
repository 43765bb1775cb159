import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { Agent, get, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ended, running, start } from './testing/process.ts'

async function response(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return answer
}

test('the process listens, logs as JSON with request ids, and ends within 5 s of SIGTERM despite idle connections', async (t) => {
  const { child, address, lines } = await running(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const ready = await response(get(`${address}/readyz`, { agent }))
  assert.equal(ready.statusCode, 200)
  ready.resume()
  await once(ready, 'end')
  const since = performance.now()
  child.kill('SIGTERM')
  assert.equal(await ended(child), 0)
  t.diagnostic(`ended after ${Math.round(performance.now() - since)} ms`)
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.ok(
    entries.some(
      ({ requestId, route, status }) =>
        requestId === ready.headers['x-request-id'] && route === '/readyz' && status === 200,
    ),
  )
})

test('a stopping process cuts off an upload that does not end, leaves nothing of it, and is gone within 5 s', async (t) => {
  const { child, address, folder } = await running(t)
  const upload = request(`${address}/v1/datasets`, { method: 'POST', headers: { 'content-type': 'text/plain' } })
  upload.on('error', () => {}) // cut off on purpose
  upload.write('half of a')
  const datasets = join(folder, 'artifacts', 'datasets')
  const written = () => existsSync(datasets) && readdirSync(datasets).length === 1
  for (const limit = performance.now() + 60_000; !written(); await sleep(10)) assert.ok(performance.now() < limit)
  const since = performance.now()
  child.kill('SIGTERM')
  assert.equal(await ended(child), 0, 'not 1, as when it is cut short after 5 s')
  t.diagnostic(`ended after ${Math.round(performance.now() - since)} ms`)
  assert.deepEqual(readdirSync(datasets), [])
})

const BAD_STARTS: [why: string, env: NodeJS.ProcessEnv, told: RegExp][] = [
  [
    'faults in the environment',
    { PORT: 'x', LOG_LEVEL: 'y' },
    /2 faults[\s\S]*PORT must be integer[\s\S]*LOG_LEVEL must/,
  ],
  [
    'an object store that is not there',
    {
      UNROLL_ARTIFACTS: 's3://bucket',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:20999',
    },
    /Cannot GET s3:\/\/bucket\/: connect ECONNREFUSED 127.0.0.1:20999/,
  ],
  ['a Redis that is not there', { REDIS_URL: 'redis://127.0.0.1:1' }, /Cannot open the store at "127.0.0.1:1"/],
]
for (const [why, env, told] of BAD_STARTS) {
  test(`the process refuses to start with ${why} and says so`, async () => {
    const child = start(env)
    let text = ''
    child.stdout?.on('data', (chunk) => (text += String(chunk)))
    child.stderr?.on('data', (chunk) => (text += String(chunk)))
    assert.equal(await ended(child), 1)
    assert.match(text, told)
  })
}
