// A service of a bench's own: Redis, an API process and, where it is to train, a worker.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ENDING } from './command.ts'

const TOOLS = new URL('../../tools/', import.meta.url)

interface Tools {
  provideRedis: () => Promise<string>
  startRedis: (options: object) => Promise<{ url: string; child: { stop: () => Promise<void> } }>
  freePort: (host: string) => Promise<number>
  NODE_FLAGS: Record<'api' | 'worker', string[]>
  APP_ENVIRONMENT: Record<'api' | 'worker', Record<string, string>>
}

export interface Service {
  base: string
  redisUrl: string
  /** Where it keeps its data. */
  folder: string
  /** Of the API process. */
  pid: number
  /** Of the worker, where there is one. */
  workerPid: number | undefined
  stop: () => Promise<void>
}

/** Where a service keeps what it has. */
export type Place = Pick<Service, 'redisUrl' | 'folder'>

export interface ServiceOptions {
  /** Writes into the stores before the API process starts, which would take over jobs that no worker holds. */
  before?: (place: Place) => Promise<void>
  /** Environment of a worker; there is none unless this is given. */
  worker?: Record<string, string>
  /** Environment of the API process. @default none of its own */
  api?: Record<string, string>
}

/** Starts a service in a folder of its own, and waits until it takes requests. */
export async function startService({ worker, before, api = {} }: ServiceOptions = {}): Promise<Service> {
  const { provideRedis, startRedis, freePort, NODE_FLAGS, APP_ENVIRONMENT } = await tools()
  const folder = await mkdtemp(join(tmpdir(), 'unroll-bench-'))
  const redis = await startRedis({ server: await provideRedis(), folder, onGiveUp: () => {} })
  await before?.({ redisUrl: redis.url, folder }).catch(async (error: unknown) => {
    await redis.child.stop()
    throw error
  })
  const base = `http://127.0.0.1:${await freePort('127.0.0.1')}`
  const shared = {
    ...withoutVariables(APP_ENVIRONMENT.worker),
    REDIS_URL: redis.url,
    UNROLL_DATA_DIR: folder,
    LOG_LEVEL: 'warn',
  }
  const start = (app: 'api' | 'worker', env: NodeJS.ProcessEnv) =>
    startApp(app, NODE_FLAGS[app], { ...APP_ENVIRONMENT[app], ...env })
  const processes = [start('api', { ...shared, ...api, PORT: new URL(base).port })]
  if (worker !== undefined) processes.push(start('worker', { ...shared, ...worker }))
  const stop = async () => {
    for (const signal of ENDING) process.off(signal, stopAndEnd)
    for (const child of processes.toReversed()) await ended(child)
    await redis.child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const stopAndEnd = (signal: NodeJS.Signals) => void stop().finally(() => process.kill(process.pid, signal))
  for (const signal of ENDING) process.on(signal, stopAndEnd)
  await untilReady(base)
  return { base, redisUrl: redis.url, folder, pid: processes[0]?.pid ?? 0, workerPid: processes[1]?.pid, stop }
}

/** The environment but for what a bench runs with as a worker does, and the other app does not. */
function withoutVariables(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !(name in variables)))
}

async function tools(): Promise<Tools> {
  const files = ['provision/redis.mjs', 'service/redis.mjs', 'service/ports.mjs', 'service/commands.mjs']
  const modules = await Promise.all(files.map((file) => import(new URL(file, TOOLS).href) as Promise<object>))
  return Object.assign({}, ...modules) as Tools
}

function startApp(app: 'api' | 'worker', flags: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const main = fileURLToPath(new URL(`../../apps/${app}/dist/bundle/main.js`, import.meta.url))
  return spawn(process.execPath, [...flags, main], { stdio: ['ignore', 'inherit', 'inherit'], env })
}

async function untilReady(base: string): Promise<void> {
  for (;;) {
    const ready = await fetch(`${base}/readyz`).catch(() => undefined)
    if (ready?.ok === true) return
    await sleep(50)
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
