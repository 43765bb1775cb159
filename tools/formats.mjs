// `npm run test:formats`: has pandas, polars, DuckDB, pyarrow, NumPy and aeon write the same thousand sequences in every format, and
// compares what is read of them. Installs those libraries in a temporary folder; UNROLL_FORMATS_PYTHON names a Python that has them.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SEQUENCES = '1000'
const FILES = 'test/datasets'

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error !== undefined || status !== 0)
    throw new Error(`Cannot run ${command} ${args.join(' ')}: ${error?.message ?? `it ended with ${status}`}`)
}

const folder = mkdtempSync(join(tmpdir(), 'unroll-formats-'))
try {
  const given = process.env.UNROLL_FORMATS_PYTHON
  const python = given ?? join(folder, 'venv/bin/python')
  if (given === undefined) {
    run('python3', ['-m', 'venv', join(folder, 'venv')])
    run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(FILES, 'requirements.txt')])
  }
  const written = join(folder, 'written')
  run(python, [join(FILES, 'write_formats.py'), written, SEQUENCES])
  run(process.execPath, ['tools/test.mjs', FILES], { UNROLL_FORMATS_FOLDER: written })
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
