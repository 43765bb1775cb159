import { checkDeploy } from './deploy.mjs'
import { checkGenerated } from './generated.mjs'
import { checkImports } from './imports.mjs'
import { checkOpenapi } from './openapi.mjs'
import { checkPaths } from './paths.mjs'
import { checkSize } from './size.mjs'
import { checkFormat, checkLint, checkTypes } from './style.mjs'

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
  paths: checkPaths,
  size: checkSize,
  generated: checkGenerated,
  openapi: checkOpenapi,
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
    const finding = await check()
    const faults = finding.seen === 0 ? [`Looked at no ${finding.unit}`, ...finding.faults] : finding.faults
    console.log(`  ${faults.length === 0 ? '✓' : '✗'} ${name}: ${finding.seen} ${finding.unit}`)
    for (const line of [...(finding.notes ?? []), ...faults]) console.log(`      ${line}`)
    if (faults.length > 0) exitCode = 1
  }
  return exitCode
}
