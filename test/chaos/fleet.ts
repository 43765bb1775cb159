import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KeptProcess } from './kept_process.ts'

/** How long a worker may be silent: short, so that many deaths fit into a test. */
const LOCK_MS = 3_000

export interface FaultSetting {
  action: 'kill' | 'stop' | 'enospc'
  times: number
  every: number
}

/** Redis, one API and some workers, each started again whenever it dies. */
export interface Fleet {
  readonly url: string
  readonly redisUrl: string
  readonly redis: KeptProcess
  readonly api: KeptProcess
  readonly workers: readonly KeptProcess[]
  /** How many checkpoints of a job are whole on disk, whether they count yet or not. */
  saved(job: string): Promise<number>
  /** How often each fault has fired. */
  fired(): Promise<Map<string, number>>
  stop(): Promise<void>
}

export async function startFleet({
  workers,
  slots = 1,
  lockMs = LOCK_MS,
  faults,
}: {
  workers: number
  slots?: number
  lockMs?: number
  faults?: Partial<Record<string, FaultSetting>>
}): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-chaos-'))
  const faultLog = join(folder, 'faults')
  const [redisPort, port] = [await freePort(), await freePort()]
  const redisUrl = `redis://127.0.0.1:${redisPort}`
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    REDIS_URL: redisUrl,
    UNROLL_DATA_DIR: folder,
    UNROLL_ENGINE: 'wasm',
    UNROLL_SLOTS: String(slots),
    UNROLL_LOCK_MS: String(lockMs),
    ...(faults && { UNROLL_FAULTS: JSON.stringify({ log: faultLog, points: faults }) }),
  }
  const app = (name: 'api' | 'worker', number: number) =>
    new KeptProcess(
      process.execPath,
      [fileURLToPath(new URL(`../../../apps/${name}/dist/bundle/main.js`, import.meta.url))],
      {
        env,
        logFile: join(folder, `${name}-${number}.log`),
      },
    )
  const redis = new KeptProcess(process.env['TEST_REDIS_SERVER'] ?? 'redis-server', redisArguments(redisPort, folder), {
    logFile: join(folder, 'redis.log'),
  })
  const api = app('api', 0)
  const fleet = Array.from({ length: workers }, (_, index) => app('worker', index))
  return {
    url: `http://127.0.0.1:${port}`,
    redisUrl,
    redis,
    api,
    workers: fleet,
    async saved(job) {
      const files = await readdir(join(folder, 'artifacts'), { recursive: true })
      return files.filter((file) => file.includes(job) && file.endsWith('manifest.json')).length
    },
    async fired() {
      const lines = (await readFile(faultLog, 'utf8').catch(() => '')).split('\n').filter(Boolean)
      const counts = new Map<string, number>()
      for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
      return counts
    },
    async stop() {
      await Promise.all(fleet.map((worker) => worker.stop()))
      await api.stop()
      await redis.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function redisArguments(port: number, folder: string): string[] {
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
