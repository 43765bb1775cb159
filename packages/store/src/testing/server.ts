import { Redis } from 'ioredis'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

const PROVISION = new URL('../../../../tools/provision/redis.mjs', import.meta.url)

let shared: Promise<string> | undefined
let own: TestServer | undefined
after(() => own?.remove()) // with the file, not with the test that happens to come first

/** Address of a server for tests: `TEST_REDIS_URL`, else one that is started once for the file and ends with it. */
export async function serverUrl(): Promise<string> {
  shared ??= startShared()
  return await shared
}

async function startShared(): Promise<string> {
  const given = process.env['TEST_REDIS_URL']
  if (given !== undefined) return given
  own = await TestServer.start()
  return own.url
}

/** A server of a test's own, to be stopped and started again. */
export class TestServer {
  readonly url: string
  readonly #program: string
  readonly #port: number
  readonly #folder: string
  #child: ChildProcess | undefined

  private constructor(program: string, port: number) {
    this.#program = program
    this.#port = port
    this.#folder = mkdtempSync(join(tmpdir(), 'unroll-store-'))
    this.url = `redis://127.0.0.1:${port}`
  }

  static async start(): Promise<TestServer> {
    const { provideRedis } = (await import(PROVISION.href)) as { provideRedis: () => Promise<string> }
    const server = new TestServer(await provideRedis(), await freePort())
    await server.start()
    return server
  }

  async start(): Promise<void> {
    const settings = { port: this.#port, bind: '127.0.0.1', dir: this.#folder, appendonly: 'yes', save: '' }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    this.#child = spawn(this.#program, args, { stdio: 'ignore' })
    const redis = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 })
    redis.on('error', () => {}) // until it listens
    await redis.ping()
    redis.disconnect()
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    child.kill(signal)
    await once(child, 'exit')
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const socket = createServer().listen(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address() as AddressInfo
  socket.close()
  await once(socket, 'close')
  return port
}
