import { existsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { listFiles, root } from '../repository.mjs'
import { writeCellTable } from './cells.mjs'
import { runCommand } from './command.mjs'
import { step } from './step.mjs'

const CLIENT_PACKAGES = ['packages/client', 'packages/contract']
const ALL_PACKAGES = ['packages']
/** What is bundled of compiled sources: an app, a file that is written last, and folders of what it uses. */
const BUNDLES = [
  { name: 'Dashboard', app: 'apps/dashboard', file: 'dist/index.html', uses: CLIENT_PACKAGES },
  {
    name: 'Command line',
    app: 'apps/cli',
    file: 'dist/page/report.html',
    uses: [...CLIENT_PACKAGES, 'packages/exports', 'apps/dashboard'],
  },
  { name: 'Documentation', app: 'apps/site', file: 'dist/site/search.json', uses: ['docs', 'examples'] },
  { name: 'API', app: 'apps/api', file: 'dist/bundle/main.js', uses: ALL_PACKAGES },
  { name: 'Runtime', app: 'packages/runtime', file: 'dist/bundle/runtime.js', uses: ALL_PACKAGES },
  { name: 'Worker', app: 'apps/worker', file: 'dist/bundle/main.js', uses: ALL_PACKAGES },
]

/** Projects beside each other, each checked once: several checkers of a project do what they share once each. */
export const COMPILING = ['-b', '--checkers', '1', '--builders', `${availableParallelism()}`]

/**
 * Compiles what has changed: the TypeScript sources into each `dist`, the dashboard into static files, the other apps into
 * one file each, which loads in a third of the time.
 * @param {string[]} [projects] what to compile, with what it refers to, and to bundle; everything unless given
 */
export async function provideBuild(projects = []) {
  writeCellTable(root)
  await step({
    name: 'TypeScript',
    doing: 'compiling what has changed',
    done: () => undefined, // the compiler itself knows what is new, and takes under a second to say "nothing"
    work: () => runCommand(join(root, 'node_modules', '.bin', 'tsc'), [...COMPILING, ...projects]),
  })
  const wanted = BUNDLES.filter(({ app }) => projects.length === 0 || projects.includes(app))
  await Promise.all(wanted.map(provideBundle))
}

/** @param {(typeof BUNDLES)[number]} bundle */
function provideBundle({ name, app, file, uses }) {
  const sources = [app, ...uses].flatMap(listFiles).filter((path) => !path.endsWith('.test.ts'))
  return step({
    name,
    doing: 'bundling',
    done: () => newest([join(app, file)]) > newest(['package-lock.json', ...sources]) || undefined,
    work: async () => {
      await runCommand('npm', ['run', 'build', '--workspace', app])
      return true
    },
  })
}

/**
 * @param {string[]} paths relative to the repository
 * @returns {number} the latest time of change in milliseconds, 0 where none of them exists
 */
function newest(paths) {
  const present = paths.map((path) => join(root, path)).filter((path) => existsSync(path))
  return Math.max(0, ...present.map((path) => statSync(path).mtimeMs))
}
