import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { root } from '../repository.mjs'

/** @typedef {{ after: (action: () => Promise<void>) => void }} Ending when what was started is to end */

/**
 * Runs a command as a user does, in a process group and a data folder of its own.
 * @param {Ending} t
 * @param {string} command
 * @param {{ args?: string[], env?: Record<string, string> }} [options]
 */
export function launch(t, command, { args = [], env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), `unroll-${command}-`))
  const child = spawn(process.execPath, [join(root, 'tools', `${command}.mjs`), ...args], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      UNROLL_DATA_DIR: folder,
      REDIS_URL: undefined,
      UNROLL_ARTIFACTS: undefined,
      ...env,
    },
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const exit = once(child, 'close')
  const interrupt = () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
    return exit
  }
  t.after(async () => {
    await interrupt()
    rmSync(folder, { recursive: true })
  })
  return { folder, child, output: () => output, exit, interrupt }
}
