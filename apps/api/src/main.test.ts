import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { Agent, get, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { redisUrl } from './testing/redis.ts'

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))

interface Running {
  child: ChildProcess
  address: string
  folder: string
  lines: string[]
}

function start(env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function running(t: TestContext): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), `unroll-main-${randomBytes(3).toString('hex')}`))
  const child = start({ REDIS_URL: await redisUrl(), UNROLL_DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'debug' })
  t.after(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const lines: string[] = []
  const output = createInterface({ input: child.stdout ?? assert.fail() })
  const address = await new Promise<string>((resolve, reject) => {
    output.on('line', (line) => {
      lines.push(line)
      const found = /Server listening at (http:[^"]+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    output.on('close', () => reject(new Error(`Cannot start: ${lines.join('\n')}`)))
  })
  return { child, address, folder, lines }
}

/** How a process ended, once all that it wrote has been read. */
async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}

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
