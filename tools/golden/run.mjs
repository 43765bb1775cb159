import { resolve } from 'node:path'

import { provideBuild } from '../provision/build.mjs'
import { provideDependencies } from '../provision/dependencies.mjs'
import { root } from '../repository.mjs'

const COMPARE = '../../test/dist/conformance/golden/folder.js'

/**
 * Compares every engine with the golden numbers of a folder and prints what it compared.
 * @param {string} [folder] in the format of test/golden, which it is unless given
 * @returns {Promise<number>} the exit code
 */
export async function compareGolden(folder = resolve(root, 'test/golden')) {
  await provideDependencies()
  await provideBuild()
  const { compareFolder } = await import(COMPARE)
  return (await compareFolder(resolve(folder), console.log)) ? 0 : 1
}
