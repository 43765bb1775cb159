import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import { root } from '../repository.mjs'

const SPEC = '@unroll/contract'
/** Where the package has what it needs of `@unroll/contract`, which is on no registry. */
const SPEC_FOLDER = 'dist/contract'

/**
 * Lays the client out as a package that needs nothing of this repository: what it imports of `@unroll/contract` is within it.
 * @param {string} folder to be made
 * @returns {string[]} its files, relative to it
 */
export function layOutClient(folder) {
  const [client, contract] = ['client', 'contract'].map((name) => join(root, 'packages', name))
  mkdirSync(folder, { recursive: true })
  cpSync(join(client, 'dist'), join(folder, 'dist'), { recursive: true, filter: isPublished })
  cpSync(join(contract, 'dist'), join(folder, SPEC_FOLDER), { recursive: true, filter: isPublished })
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  for (const file of files.filter((name) => /\.(?:js|d\.ts)$/.test(name))) {
    const path = join(folder, file)
    const entry = relative(dirname(path), join(folder, SPEC_FOLDER, 'index.js'))
    const text = readFileSync(path, 'utf8')
      .replaceAll(`'${SPEC}'`, `'./${entry}'`)
      .replaceAll(`"${SPEC}"`, `"./${entry}"`)
    writeFileSync(path, text)
  }
  const [own, inner] = [client, contract].map((path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')))
  const { private: _, ...about } = own
  const { [SPEC]: __, ...libraries } = { ...inner.dependencies, ...own.dependencies }
  const manifest = { ...about, files: ['dist'], dependencies: libraries }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return [...files, 'package.json']
}

/** @param {string} path */
function isPublished(path) {
  return !/(?:\.test\.|\.tsbuildinfo$|\.map$)/.test(path)
}
