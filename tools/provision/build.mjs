import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { listFiles, root } from '../repository.mjs'
import { runCommand } from './command.mjs'
import { step } from './step.mjs'

const SHARED_SOURCES = ['packages/client/src', 'packages/spec/src']
/** What is bundled of compiled sources: a file that is written last, and the workspace that it is of. */
const BUNDLES = [
  {
    name: 'Dashboard',
    doing: 'building the page',
    file: 'apps/dashboard/dist/index.html',
    folder: 'apps/dashboard',
    workspace: '@unroll/dashboard',
  },
  {
    name: 'Command line',
    doing: 'bundling the program',
    file: 'apps/cli/dist/bundle/main.js',
    folder: 'apps/cli',
    workspace: '@unroll/cli',
  },
]

/** What the service is made of; tests are compiled only to be run. */
export const SERVICE_PROJECTS = ['apps/api', 'apps/worker', 'apps/dashboard', 'apps/cli']

/**
 * Compiles what has changed: the TypeScript sources into each `dist`, the dashboard into static files, the command line into
 * one.
 * @param {string[]} [projects] what to compile, with what it refers to; everything unless given
 */
export async function provideBuild(projects = []) {
  await step({
    name: 'TypeScript',
    doing: 'compiling what has changed',
    done: () => undefined, // the compiler itself knows what is new, and takes under a second to say "nothing"
    work: () => runCommand(join(root, 'node_modules', '.bin', 'tsc'), ['-b', ...projects]),
  })
  for (const { name, doing, file, folder, workspace } of BUNDLES) {
    await step({
      name,
      doing,
      done: () =>
        newest([file]) > newest(['package-lock.json', ...[folder, ...SHARED_SOURCES].flatMap(listFiles)]) || undefined,
      work: async () => {
        await runCommand('npm', ['run', 'build', '--workspace', workspace])
        return true
      },
    })
  }
}

/**
 * @param {string[]} paths relative to the repository
 * @returns {number} the latest time of change in milliseconds, 0 where none of them exists
 */
function newest(paths) {
  const present = paths.map((path) => join(root, path)).filter((path) => existsSync(path))
  return Math.max(0, ...present.map((path) => statSync(path).mtimeMs))
}
