import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { COMPILING } from '../provision/build.mjs'
import { root } from '../repository.mjs'
import { runTool } from './command.mjs'

/** @import { Finding } from './run.mjs' */

const FILES_SEEN = /\bon (\d+) files\b/

/**
 * Checks that every file is written as `npm run format` would write it.
 * @returns {Finding}
 */
export function checkFormat() {
  return finding(runTool('oxfmt', ['--check']))
}

/**
 * Checks the lint rules of `.oxlintrc.json`.
 * @returns {Finding}
 */
export function checkLint() {
  return finding(runTool('oxlint', []))
}

/**
 * Checks the types of all projects, and of these tools.
 * @returns {Finding}
 */
export function checkTypes() {
  const projects = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).references.length + 1
  const results = [runTool('tsc', COMPILING), runTool('tsc', ['-p', 'tools'])]
  return { seen: projects, unit: 'projects', faults: results.flatMap(({ passed, lines }) => (passed ? [] : lines)) }
}

/**
 * @param {{ passed: boolean, output: string, lines: string[] }} result of a tool that says how many files it has seen
 * @returns {Finding}
 */
function finding({ passed, output, lines }) {
  return { seen: Number(FILES_SEEN.exec(output)?.[1] ?? 0), unit: 'files', faults: passed ? [] : lines }
}
