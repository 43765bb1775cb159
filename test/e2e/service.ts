import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const START = fileURLToPath(new URL('../../../tools/start.mjs', import.meta.url))
/**
 * Between two probes: a twentieth of the time that was waited, within these. Asking every 50 ms for a minute took service and test
 * together several seconds of the processor that what is waited for needs.
 */
const POLL_MS = { least: 50, most: 250, part: 1 / 20 }
const ANNOUNCED = /Unroll runs at (http:\/\/\S+)/

/** The whole service as `npm start` runs it: Redis, API, worker and dashboard in processes of their own. */
export interface Service {
  readonly url: string
  /** Where it keeps everything; it goes with the service. */
  readonly dataFolder: string
  /** Kills its Redis server without warning; the service starts it again. */
  killRedis(): Promise<void>
  /** Kills its API process without warning; the service starts it again. */
  killApi(): Promise<void>
  /** Everything it printed so far. */
  output(): string
  /** Asks it to stop and answers its exit code. */
  stop(): Promise<number | null>
}

/** Starts the service on a free port with a data folder of its own, or with the one that `UNROLL_DATA_DIR` of its environment names. */
export async function startService(environment: Record<string, string> = {}): Promise<Service> {
  const dataFolder = environment['UNROLL_DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'unroll-e2e-')))
  const child = spawn(process.execPath, [START], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PORT: '0',
      REDIS_URL: '',
      UNROLL_DATA_DIR: dataFolder,
      UNROLL_EXAMPLES: '0',
      ...environment,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const stop = async () => {
    const code = await stopped(child)
    await rm(dataFolder, { recursive: true, force: true })
    return code
  }
  const url = await eventually('the service announces its address', () => {
    assert.equal(child.exitCode, null, `the service ended:\n${output}`)
    return ANNOUNCED.exec(output)?.[1]
  }).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    url,
    dataFolder,
    killRedis: () => killStarted(dataFolder, 0),
    killApi: () => killStarted(dataFolder, 1),
    output: () => output,
    stop,
  }
}

/** @param nth of what a service that is not restarted yet has started: Redis, API, worker */
async function killStarted(dataFolder: string, nth: number): Promise<void> {
  const processes = await readFile(join(dataFolder, 'unroll.pid'), 'utf8')
  const [, ...started] = JSON.parse(processes) as { pid: number }[] // the first is the service itself
  const child = started[nth]
  assert.ok(child, processes)
  process.kill(child.pid, 'SIGKILL')
}

async function stopped(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  child.kill('SIGTERM')
  await once(child, 'exit')
  return child.exitCode
}

/** How long a probe may take: one that takes longer is asked again, as a request to a process that was killed may never be answered. */
const PROBE_MS = 20_000

/**
 * The first defined answer of `probe`, asked again after a part of the time waited. Fails with what was waited for once `limitMs` have passed in which
 * `moved` gave nothing new: what takes as long as the machine needs is waited for as long as it goes on.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { limitMs = 180_000, moved = () => 0 }: { limitMs?: number; moved?: () => number | string } = {},
): Promise<T> {
  const start = performance.now()
  let since = start
  let before = moved()
  for (;;) {
    const answer = await Promise.race([probe(), sleep(PROBE_MS, undefined, { ref: false })])
    if (answer !== undefined) return answer
    const now = moved()
    if (now !== before) since = performance.now()
    before = now
    assert.ok(performance.now() - since < limitMs, `Waited ${limitMs} ms in vain until ${what}`)
    const waited = performance.now() - start
    await sleep(Math.min(POLL_MS.most, Math.max(POLL_MS.least, POLL_MS.part * waited)))
  }
}
