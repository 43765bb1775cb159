import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { cacheFolder, fillCache } from './cache.mjs'
import { runCommand } from './command.mjs'
import { step } from './step.mjs'

const PACKAGE = { name: 'axe-core', version: '4.11.0' }
const SCRIPT = join('package', 'axe.min.js')

/**
 * Fetches axe, by which the browser tests look for barriers on pages. It is a tool of the tests, like the browser, and part
 * of nothing that is built.
 * @returns {Promise<string>} the path of its script
 */
export async function provideAxe() {
  const folder = cacheFolder(PACKAGE.name, PACKAGE.version)
  const script = join(folder, SCRIPT)
  return await step({
    name: 'axe',
    doing: `fetching the npm package ${PACKAGE.name} ${PACKAGE.version} (1 MB)`,
    done: () => (existsSync(script) ? script : undefined),
    work: async () => {
      await fillCache(folder, async (unfinished) => {
        await runCommand('npm', ['pack', `${PACKAGE.name}@${PACKAGE.version}`, '--pack-destination', unfinished], {
          cwd: unfinished,
        })
        const [archive = ''] = await readdir(unfinished)
        await runCommand('tar', ['-xzf', archive, SCRIPT], { cwd: unfinished })
        await rm(join(unfinished, archive))
      })
      return script
    },
  })
}
