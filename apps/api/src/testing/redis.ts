import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

interface RunningRedis {
  url: string
  stop: () => Promise<void>
}

interface Started {
  child: { stop: () => Promise<void> }
  url: string
}

const TOOLS = new URL('../../../../tools/', import.meta.url)

let shared: Promise<string> | undefined
let own: RunningRedis | undefined
after(() => own?.stop()) // with the file, not with the test that happens to come first

/** Address of a server for tests: `TEST_REDIS_URL`, else one that is started for the file and ends with it. */
export async function redisUrl(): Promise<string> {
  shared ??= given()
  return await shared
}

async function given(): Promise<string> {
  const url = process.env['TEST_REDIS_URL']
  if (url !== undefined) return url
  own = await startRedis()
  return own.url
}

/** Starts a server to be stopped by the caller. */
export async function startRedis(): Promise<RunningRedis> {
  const { provideRedis } = (await import(new URL('provision/redis.mjs', TOOLS).href)) as {
    provideRedis: () => Promise<string>
  }
  const { startRedis: start } = (await import(new URL('service/redis.mjs', TOOLS).href)) as {
    startRedis: (options: object) => Promise<Started>
  }
  const folder = mkdtempSync(join(tmpdir(), 'unroll-redis-'))
  const { child, url } = await start({ server: await provideRedis(), folder, onGiveUp: () => {} })
  const stop = async () => {
    await child.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url, stop }
}
