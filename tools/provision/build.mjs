import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'

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

/** What the compiler reads: sources, settings, and what the packages are. */
const READ = { folders: ['packages', 'apps', 'bench', 'test'], pattern: /\.(?:[cm]?tsx?|json)$/ }
/** Where the compiler notes what it knows of a project. */
const NOTES = ['tsconfig.tsbuildinfo', 'dist/tsconfig.tsbuildinfo', 'compiled/tsconfig.tsbuildinfo']

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
    done: () => isCompiled([[], projects]) || undefined, // the compiler takes more than a second of processor time to say so
    work: () => compile(projects),
  })
  const wanted = BUNDLES.filter(({ app }) => projects.length === 0 || projects.includes(app))
  await Promise.all(wanted.map(provideBundle))
}

/**
 * @param {string[]} projects
 * @returns {Promise<true>}
 */
async function compile(projects) {
  const since = Date.now() / 1_000
  await runCommand(join(root, 'node_modules', '.bin', 'tsc'), [...COMPILING, ...projects])
  const stamp = stampOf(projects)
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, JSON.stringify(listNotes(listSources())))
  utimesSync(stamp, since, since) // what is written while the compiler runs is newer
  return true
}

/**
 * Whether nothing that the compiler reads is newer than one of these compilations, and nothing is gone of its notes.
 * @param {string[][]} compilations projects of each
 */
function isCompiled(compilations) {
  const sources = listSources()
  const notes = new Set(listNotes(sources))
  const changed = newest(['package-lock.json', 'tsconfig.json', 'tsconfig.base.json', ...sources])
  return compilations
    .map(stampOf)
    .filter((stamp) => existsSync(stamp) && statSync(stamp).mtimeMs > changed)
    .some((stamp) => JSON.parse(readFileSync(stamp, 'utf8')).every((/** @type {string} */ note) => notes.has(note)))
}

/**
 * The file whose age is that of the last compilation of these projects. It names the notes of the compiler then.
 * @param {string[]} projects
 */
function stampOf(projects) {
  const name = projects.length === 0 ? 'everything' : projects.join(' ').replaceAll('/', '.')
  return join(root, 'dist', 'compiled', `${name}.json`)
}

function listSources() {
  return READ.folders
    .filter((folder) => existsSync(join(root, folder))) // an image has those that it serves
    .flatMap(listFiles)
    .filter((path) => READ.pattern.test(path))
}

/** @param {string[]} sources */
function listNotes(sources) {
  return sources
    .filter((path) => basename(path) === 'tsconfig.json')
    .flatMap((path) => NOTES.map((note) => join(dirname(path), note)))
    .filter((path) => existsSync(join(root, path)))
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
