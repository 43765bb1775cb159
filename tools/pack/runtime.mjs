import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { root } from '../repository.mjs'

const FILES = ['dist/bundle/runtime.js', 'dist/index.d.ts', 'dist/model.d.ts']

/**
 * Lays the runtime out as a package that needs nothing: one file, and the types of what it exports.
 * @param {string} folder to be made
 * @returns {string[]} its files, relative to it
 */
export function layOutRuntime(folder) {
  const runtime = join(root, 'packages/runtime')
  for (const file of FILES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(runtime, file), join(folder, file))
  }
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  const {
    private: _,
    scripts: __,
    devDependencies: ___,
    ...about
  } = JSON.parse(readFileSync(join(runtime, 'package.json'), 'utf8'))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...about, files: ['dist'] }, null, 2)}\n`)
  return [...FILES, 'LICENSE', 'package.json']
}
