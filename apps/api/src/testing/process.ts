import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { redisUrl } from './redis.ts'

const MAIN = fileURLToPath(new URL('../bundle/main.js', import.meta.url))

interface Running {
  child: ChildProcess
  address: string
  folder: string
  lines: string[]
}

/** Starts a process of the API with no variables but these. */
export function start(env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** A process of the API that listens, in a new folder unless `env` names one. It ends with the test. */
export async function running(t: TestContext, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const folder = env['UNROLL_DATA_DIR'] ?? mkdtempSync(join(tmpdir(), `unroll-main-${randomBytes(3).toString('hex')}`))
  const child = start({ REDIS_URL: await redisUrl(), UNROLL_DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'debug', ...env })
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
export async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}
