import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from './service.ts'

const WORKER = fileURLToPath(new URL('../../../apps/worker/dist/bundle/main.js', import.meta.url))
const START_REDIS = new URL('../../../tools/service/redis.mjs', import.meta.url)

export interface OwnRedis {
  readonly url: string
  stop(): Promise<void>
}

/** A Redis for one test file: the service and further workers share it. */
export async function startRedis(): Promise<OwnRedis> {
  const { startRedis: start } = (await import(START_REDIS.href)) as {
    startRedis: (options: object) => Promise<{ url: string; child: { stop: () => Promise<void> } }>
  }
  const folder = await mkdtemp(join(tmpdir(), 'unroll-fleet-'))
  const { url, child } = await start({ server: process.env['TEST_REDIS_SERVER'], folder, onGiveUp: () => {} })
  const stop = async () => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url, stop }
}

/** A worker process of the test's own, beside that of the service. */
export interface WorkerProcess {
  readonly pid: number
  /** Everything it logged so far. */
  log(): string
  signal(signal: NodeJS.Signals): void
  /** Its exit code, once it has ended. */
  exited: Promise<number | null>
}

/** Starts a worker process and waits until it takes jobs. */
export async function startWorker(environment: Record<string, string>): Promise<WorkerProcess> {
  const worker = spawnWorker(environment)
  await eventually('the worker takes jobs', () => /worker takes jobs/.test(worker.log()) || undefined)
  return worker
}

/** Starts a worker process, which may refuse to start. */
export function spawnWorker(environment: Record<string, string>): WorkerProcess {
  const child = spawn(process.execPath, [WORKER], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'info', ...environment },
  })
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()))
  return { pid: child.pid ?? 0, log: () => log, signal: (signal) => void child.kill(signal), exited: exitOf(child) }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  await once(child, 'exit')
  return child.exitCode
}
