import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../repository.mjs'
import { runCommand } from './command.mjs'
import { step } from './step.mjs'

/** @typedef {Record<string, { version?: string, optional?: boolean }>} LockedPackages by path below the repository */

/** Installs what `package-lock.json` names when `node_modules` differs from it. */
export async function provideDependencies() {
  await step({
    name: 'Dependencies',
    doing: 'installing what package-lock.json names',
    done: () =>
      isInstalled(lockedPackages('package-lock.json'), lockedPackages('node_modules/.package-lock.json')) || undefined,
    work: async () => {
      // Not `npm ci`: it refuses a lock file that lacks a binary package for another platform, and some registries carry
      // only a few of those. `--no-save` keeps the lock file as it is; `--include=dev` brings the compiler also where
      // NODE_ENV is "production".
      await runCommand('npm', ['install', '--no-save', '--include=dev'])
      return true
    },
  })
}

/**
 * Whether every package of the lock file lies in `node_modules` at its version. npm notes there what it installed, after
 * the last file, so an installation cut short counts as none. Optional packages may be absent: most are for other platforms.
 * @param {LockedPackages} locked
 * @param {LockedPackages} installed
 */
export function isInstalled(locked, installed) {
  return Object.entries(locked)
    .filter(([path, { optional }]) => path.includes('node_modules/') && optional !== true)
    .every(([path, { version }]) => path in installed && installed[path].version === version)
}

/**
 * @param {string} path
 * @returns {LockedPackages}
 */
function lockedPackages(path) {
  const file = join(root, path)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}
