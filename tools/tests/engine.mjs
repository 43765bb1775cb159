import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the tests may train on: `auto` is all that can be had; `wasm` is a machine that never has libtensorflow. */
const CHOICES = ['auto', 'wasm']

/**
 * The variables that a test run needs beside its own for `UNROLL_TEST_ENGINE`. On `wasm` services train on WebAssembly, and
 * caches are those of the user but for libtensorflow, so that no process finds it.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} folder of the run, for its own caches
 * @returns {Record<string, string>}
 * @throws {RangeError} when the setting is none of the choices
 */
export function engineEnvironment(environment, folder) {
  const choice = environment.UNROLL_TEST_ENGINE || 'auto'
  if (!CHOICES.includes(choice))
    throw new RangeError(
      `Cannot test as UNROLL_TEST_ENGINE must be one of ${CHOICES.join(', ')}: current value is "${choice}"`,
    )
  if (choice === 'auto') return {}
  const caches = join(folder, 'caches')
  mkdirSync(join(caches, 'unroll'), { recursive: true })
  const present = join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'unroll')
  for (const name of namesIn(present))
    if (!name.startsWith('tensorflow-')) symlinkSync(join(present, name), join(caches, 'unroll', name))
  return { UNROLL_ENGINE: choice, XDG_CACHE_HOME: caches }
}

/** @param {string} folder */
function namesIn(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return [] // nothing was fetched yet
  }
}
