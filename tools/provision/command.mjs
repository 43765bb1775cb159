import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

import { root } from '../repository.mjs'

/** Of a long output: the beginning often names the cause, the end where it stopped. */
const KEPT = { first: 10, last: 15 }

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options] `cwd` defaults to the repository, `env` adds to the environment
 * @returns {Promise<string>} what it wrote to its standard output
 * @throws {Error} when it cannot be started or fails, with what it wrote
 */
export function runCommand(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let everything = ''
    child.stdout.on('data', (chunk) => ((output += chunk), (everything += chunk)))
    child.stderr.on('data', (chunk) => (everything += chunk))
    child.on('error', (cause) => reject(new Error(`Cannot run ${command}: ${cause.message}`, { cause })))
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output)
      const shown = excerpt(everything.trimEnd().split('\n')).join('\n')
      return reject(
        new Error(`Cannot complete "${command} ${args.join(' ')}" (${signal ?? `exit ${code}`}):\n${shown}`),
      )
    })
  })
}

/** @param {string[]} lines */
function excerpt(lines) {
  if (lines.length <= KEPT.first + KEPT.last) return lines
  return [...lines.slice(0, KEPT.first), '…', ...lines.slice(-KEPT.last)]
}

/**
 * Finds an executable on the PATH.
 * @param {string[]} names in order of preference
 * @returns {string | undefined} its absolute path
 */
export function findOnPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
