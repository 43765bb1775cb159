// `npm run test:metrics-out`: has TensorBoard's own reader, MLflow's client with a real server, the messages of W&B's client, pandas
// and pyarrow read back what `unroll export --to` wrote of a run whose gradient explodes. Installs them in a temporary folder;
// UNROLL_METRICS_PYTHON names a Python that has them.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FILES = 'test/metrics_out'

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error !== undefined || status !== 0)
    throw new Error(`Cannot run ${command} ${args.join(' ')}: ${error?.message ?? `it ended with ${status}`}`)
}

const folder = mkdtempSync(join(tmpdir(), 'unroll-metrics-out-'))
try {
  const given = process.env.UNROLL_METRICS_PYTHON
  const python = given ?? join(folder, 'venv/bin/python')
  if (given === undefined) {
    run('python3', ['-m', 'venv', join(folder, 'venv')])
    run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(FILES, 'requirements.txt')])
  }
  run(process.execPath, ['tools/test.mjs', FILES], { UNROLL_METRICS_PYTHON: python })
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
