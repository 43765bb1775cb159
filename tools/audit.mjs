// `npm run audit`: asks the registry for the advisories of every package in package-lock.json; one that tools/check/audit.mjs
// does not accept with a reason is a fault. A registry that does not answer is a skip, and with `-- --required` a fault.

import { spawnSync } from 'node:child_process'

import { judgeAudit } from './check/audit.mjs'
import { showFinding } from './check/run.mjs'
import { root } from './repository.mjs'

const WAIT_MS = 120_000

const { stdout, error } = spawnSync('npm', ['audit', '--json', '--package-lock-only'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
  timeout: WAIT_MS,
})
/** @type {import('./check/audit.mjs').Report} */
const report = error === undefined ? JSON.parse(stdout) : { message: error.message }
const finding = judgeAudit(report)
if (finding !== undefined) process.exitCode = showFinding('audit', finding) ? 0 : 1
else {
  const required = process.argv.includes('--required')
  console.log(`  ${required ? '✗' : '–'} audit: the registry tells no advisories: ${report.message}`)
  process.exitCode = required ? 1 : 0
}
