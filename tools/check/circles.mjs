import { posix } from 'node:path'

/** @import { SourceFile } from '../repository.mjs' */

/**
 * Circles of relative imports, of types as well: files that can only be understood together.
 * @param {SourceFile[]} files TypeScript sources
 * @param {(text: string) => string[]} specifiersOf what a source imports
 * @returns {string[]} one sentence for each circle
 */
export function importCircles(files, specifiersOf) {
  const paths = new Set(files.map(({ path }) => path))
  const imports = new Map(
    files.map(({ path, text }) => {
      const targets = specifiersOf(text).map((specifier) => posix.join(posix.dirname(path), specifier))
      return [path, targets.filter((target) => paths.has(target))]
    }),
  )
  /** @type {string[]} */
  const circles = []
  const done = new Set()
  /** @param {string} path @param {string[]} above those that lead here, the first one first */
  const visit = (path, above) => {
    const at = above.indexOf(path)
    if (at >= 0) circles.push([...above.slice(at), path].join(' → '))
    if (at >= 0 || done.has(path)) return
    for (const target of imports.get(path) ?? []) visit(target, [...above, path])
    done.add(path)
  }
  for (const path of paths) visit(path, [])
  return circles.map((circle) => `${circle}: imports go in a circle`)
}
