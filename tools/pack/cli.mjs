import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { root } from '../repository.mjs'

/** What is packed of the folder of the command line. */
const PARTS = ['bin', 'dist/bundle', 'dist/page', 'README.md']

/**
 * Lays the command line out as a package that needs no other: the program, what it loads later, and the page of reports.
 * @param {string} folder to be made
 * @returns {string[]} its files, relative to it
 */
export function layOutCli(folder) {
  const cli = join(root, 'apps/cli')
  for (const part of PARTS) {
    mkdirSync(dirname(join(folder, part)), { recursive: true })
    cpSync(join(cli, part), join(folder, part), { recursive: true })
  }
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  const {
    private: _,
    scripts: __,
    dependencies: ___,
    devDependencies: ____,
    ...about
  } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8'))
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ ...about, engines, files: ['bin', 'dist'] }, null, 2)}\n`,
  )
  chmodSync(join(folder, about.bin.unroll), 0o755)
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}
