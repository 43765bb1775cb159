import { Redis } from 'ioredis'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

const TOOLS = new URL('../../../../tools/', import.meta.url)

const HOST = '127.0.0.1'
/** A port that is free may be taken by another process before the server has it. */
const PORTS_TRIED = 5

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
  readonly socket: string
  readonly #settings: Readonly<Record<string, string>>
  readonly #program: string
  readonly #port: number
  readonly #folder: string
  #child: ChildProcess | undefined

  private constructor(program: string, port: number, settings: Readonly<Record<string, string>>) {
    this.#program = program
    this.#settings = settings
    this.#port = port
    this.#folder = mkdtempSync(join(tmpdir(), 'unroll-store-'))
    this.url = `redis://${HOST}:${port}`
    this.socket = join(this.#folder, 'redis.sock')
  }

  /** @param settings of the server, beside those of every test; `program`: another one than the tests' */
  static async start({
    settings = {},
    program,
  }: { settings?: Readonly<Record<string, string>>; program?: string | undefined } = {}): Promise<TestServer> {
    const { provideRedis } = await tool<{ provideRedis: () => Promise<string> }>('provision/redis.mjs')
    const { freePort } = await tool<{ freePort: (host: string) => Promise<number> }>('service/ports.mjs')
    const path = program ?? (await provideRedis())
    for (let tried = 1; ; tried++) {
      const server = new TestServer(path, await freePort(HOST), settings)
      try {
        await server.start()
        return server
      } catch (error) {
        await server.remove()
        if (tried === PORTS_TRIED) throw error
      }
    }
  }

  /** @throws {Error} when the server ends instead of answering */
  async start(): Promise<void> {
    const settings = {
      port: this.#port,
      bind: HOST,
      dir: this.#folder,
      unixsocket: this.socket,
      appendonly: 'yes',
      save: '',
      ...this.#settings,
    }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    const child = spawn(this.#program, args, { stdio: 'ignore' })
    const redis = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 })
    redis.on('error', () => {}) // until it listens
    const ended = new AbortController()
    try {
      await Promise.race([redis.ping(), exitOf(child, ended.signal)])
      this.#child = child
    } finally {
      ended.abort()
      redis.disconnect()
    }
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

async function exitOf(child: ChildProcess, signal: AbortSignal): Promise<never> {
  const [code] = (await once(child, 'exit', { signal })) as [number | null]
  throw new Error(`Cannot start the server as it ended: its exit code is ${code}`)
}

async function tool<Exports>(path: string): Promise<Exports> {
  return (await import(new URL(path, TOOLS).href)) as Exports
}
