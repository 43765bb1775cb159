import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** @typedef {{ path: string, text: string }} SourceFile `path` is relative to the repository, with forward slashes */

/** The repository's root folder, absolute. */
export const root = join(import.meta.dirname, '..')

const NOT_SOURCE = new Set(['node_modules', 'dist', '.git', '.unroll'])

/**
 * Lists the files below a folder of the repository, without what was built, installed or produced by running.
 * @param {string} [folder] relative to the repository, `''` for all of it
 * @returns {string[]} paths relative to the repository, in alphabetical order
 */
export function listFiles(folder = '') {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_SOURCE.has(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name)
      return entry.isDirectory() ? listFiles(path) : [path]
    })
}

/**
 * Reads the files whose path matches.
 * @param {RegExp} pattern
 * @returns {SourceFile[]}
 */
export function readFiles(pattern) {
  return listFiles()
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}
