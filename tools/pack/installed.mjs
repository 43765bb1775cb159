import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runCommand } from '../provision/command.mjs'
import { root } from '../repository.mjs'
import { layOutClient } from './client.mjs'

/**
 * Packs the client and installs it into an empty project, with the libraries of this repository, so that nothing is fetched.
 * @param {string} folder of the project, empty
 */
export async function installClient(folder) {
  layOutClient(join(folder, 'packed'))
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'packed/package.json'), 'utf8'))
  const packed = await runCommand('npm', ['pack', './packed', '--silent'], { cwd: folder })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  const libraries = Object.keys(dependencies).map((name) => join(root, 'node_modules', name))
  const options = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund']
  await runCommand('npm', ['install', ...options, `./${packed.trim()}`, ...libraries], { cwd: folder })
}
