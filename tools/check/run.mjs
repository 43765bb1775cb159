import { checkDeploy } from './deploy.mjs'
import { checkGenerated } from './generated.mjs'
import { checkImports } from './imports.mjs'
import { checkLicences } from './licences.mjs'
import { checkOpenapi } from './openapi.mjs'
import { checkPaths } from './paths.mjs'
import { checkSize } from './size.mjs'
import { checkFormat, checkLint, checkTypes } from './style.mjs'
import { checkWorkflows } from './workflows.mjs'

/**
 * @typedef {object} Finding
 * @property {number} seen how many things the check looked at; zero is a fault, as a check of nothing proves nothing
 * @property {string} unit what was counted
 * @property {string[]} faults one sentence each
 * @property {string[]} [notes] worth a look, no fault
 */

/** In running order. @type {Record<string, () => Finding | Promise<Finding>>} */
const CHECKS = {
  format: checkFormat,
  types: checkTypes, // before the linter, which reads the declarations that this writes
  lint: checkLint,
  imports: checkImports,
  licences: checkLicences,
  paths: checkPaths,
  size: checkSize,
  generated: checkGenerated,
  openapi: checkOpenapi,
  workflows: checkWorkflows,
  deploy: () => checkDeploy(),
}

/**
 * Runs checks and shows what each has found.
 * @param {string[]} names none means all
 * @returns {Promise<number>} the exit code
 */
export async function runChecks(names) {
  let exitCode = 0
  for (const name of names.length > 0 ? names : Object.keys(CHECKS)) {
    const check = CHECKS[name]
    if (check === undefined)
      throw new RangeError(`Cannot run check "${name}": known are ${Object.keys(CHECKS).join(', ')}`)
    if (!showFinding(name, await check())) exitCode = 1
  }
  return exitCode
}

/**
 * Shows what a check has found.
 * @param {string} name of the check
 * @param {Finding} finding
 * @returns {boolean} whether it has passed
 */
export function showFinding(name, finding) {
  const faults = finding.seen === 0 ? [`Looked at no ${finding.unit}`, ...finding.faults] : finding.faults
  const passed = faults.length === 0
  console.log(`  ${passed ? '✓' : '✗'} ${name}: ${finding.seen} ${finding.unit}`)
  for (const line of [...(finding.notes ?? []), ...faults]) console.log(`      ${line}`)
  return passed
}
