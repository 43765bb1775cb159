import { isBuiltin } from 'node:module'
import { posix } from 'node:path'

import { readFiles } from '../repository.mjs'
import { importCircles } from './circles.mjs'
import { LAW, TEST_OUTSIDE } from './law.mjs'

/** @import { SourceFile } from '../repository.mjs' */
/** @import { Finding } from './run.mjs' */
/** @import { Row } from './law.mjs' */

const SOURCE = /^(?:(?:packages|apps)\/[^/]+\/src|test|bench)\/.*\.tsx?$/
const PROJECT = /^(?:(?:packages|apps)\/[^/]+|test|bench)\/tsconfig\.json$/
const REFERENCE = /"path": "([^"]+)"/g
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm
const IMPORTS = [
  /^\s*(?:import|export)\b[^'"`]*?\bfrom\s*['"]([^'"\n]+)['"]/gm,
  /^\s*import\s*['"]([^'"\n]+)['"]/gm,
  /\b(?:import|import\.meta\.resolve|require|require\.resolve)\s*\(\s*['"]([^'"\n]+)['"]/g,
]
const READS_ENVIRONMENT = /\bprocess\.env\b|\benv\b.*\bfrom 'node:process'/
/** Test files, and the folders of what several of them need. */
const TEST = /\.test\.ts$|\/testing\/|^(?:test|bench)\//
/** A package of this repository, or what it has for tests. */
const OWN = /^@unroll\/([^/]+)(\/testing)?$/
/** Where the environment may be read; libtensorflow itself takes its settings from there alone. */
const CONFIGURATION = /^(?:apps\/[^/]+\/src\/config|packages\/libtensorflow\/src\/environment)\.ts$/

/**
 * Finds what breaks the import law.
 * @param {SourceFile[]} files TypeScript sources
 * @param {Record<string, Row>} [law]
 * @returns {string[]} one sentence for each fault
 */
export function importFaults(files, law = LAW) {
  return files.flatMap(({ path, text }) => {
    const folder = folderOf(path)
    const row = law[folder]
    if (row === undefined) return [`${path}: ${folder} has no row in tools/check/law.mjs`]
    const code = text.replace(COMMENT, '')
    const faults = specifiersOf(code)
      .filter((specifier) => !isGranted(specifier, { path, folder, row }))
      .map((specifier) => `${path}: ${folder} may not import "${specifier}"`)
    if (READS_ENVIRONMENT.test(code) && !CONFIGURATION.test(path) && !TEST.test(path))
      faults.push(`${path}: process.env may be read in an app's config.ts alone`)
    return faults
  })
}

/** @param {string} path of a source file */
function folderOf(path) {
  return /^(?:test|bench)(?=\/)/.exec(path)?.[0] ?? path.split('/').slice(0, 2).join('/')
}

/**
 * @param {string} code without comments
 * @returns {string[]} all that it imports
 */
function specifiersOf(code) {
  return IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map(([, specifier]) => specifier))
}

/**
 * @param {string} specifier
 * @param {{ path: string, folder: string, row: Row }} place
 */
function isGranted(specifier, { path, folder, row }) {
  const isTest = TEST.test(path)
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    return target.startsWith(`${folder}/`) && (isTest || !TEST.test(target))
  }
  if (isBuiltin(specifier)) return specifier.startsWith('node:') && (row.node || isTest)
  const own = isTest ? [...row.own, ...(row.testOwn ?? [])] : row.own
  const [, ownName, testing] = OWN.exec(specifier) ?? []
  if (ownName !== undefined) return own.includes(ownName) && (isTest || testing === undefined)
  const outside = isTest ? [...row.outside, ...TEST_OUTSIDE] : row.outside
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  return outside.some((grant) => (grant.endsWith('/') ? name.startsWith(grant) : name === grant))
}

/**
 * Finds packages that a project imports and does not refer to, itself or through others: the compiler, which builds
 * projects side by side, then finds them or not by chance.
 * @param {SourceFile[]} files TypeScript sources
 * @param {SourceFile[]} projects their tsconfig.json
 * @returns {string[]} one sentence for each fault
 */
export function referenceFaults(files, projects) {
  const references = new Map(
    projects.map(({ path, text }) => {
      const folder = posix.dirname(path)
      return [folder, [...text.matchAll(REFERENCE)].map(([, to]) => posix.join(folder, to))]
    }),
  )
  /** @type {(folder: string, reached?: Set<string>) => Set<string>} */
  const reach = (folder, reached = new Set([folder])) => {
    for (const next of references.get(folder) ?? []) if (!reached.has(next)) reach(next, reached.add(next))
    return reached
  }
  return files.flatMap(({ path, text }) => {
    const folder = folderOf(path)
    const reached = reach(folder)
    return specifiersOf(text.replace(COMMENT, ''))
      .flatMap((specifier) => OWN.exec(specifier)?.[1] ?? [])
      .map((name) => `packages/${name}`)
      .filter((wanted) => !reached.has(wanted))
      .map((wanted) => `${folder}/tsconfig.json: must refer to ${wanted}, which ${path} imports`)
  })
}

/**
 * Checks the repository's own sources.
 * @returns {Finding}
 */
export function checkImports() {
  const files = readFiles(SOURCE)
  const circles = importCircles(files, (text) => specifiersOf(text.replace(COMMENT, '')))
  const faults = [...importFaults(files), ...referenceFaults(files, readFiles(PROJECT)), ...circles]
  return { seen: files.length, unit: 'source files', faults }
}
