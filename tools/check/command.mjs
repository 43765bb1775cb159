import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { root } from '../repository.mjs'

/**
 * Runs a tool of the development dependencies to its end.
 * @param {string} tool the name of its executable
 * @param {string[]} args
 * @returns {{ passed: boolean, output: string, lines: string[] }} all it wrote, and the same as lines that are not empty
 */
export function runTool(tool, args) {
  const path = join(root, 'node_modules', '.bin', tool)
  const { status, stdout, stderr, error } = spawnSync(path, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (error !== undefined) throw error
  const output = stdout + stderr
  return { passed: status === 0, output, lines: output.split('\n').filter((line) => line.trim() !== '') }
}
