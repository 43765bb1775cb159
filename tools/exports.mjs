// `npm run test:exports`: trains every cell, exports it in every format, and has onnxruntime (Python and Node), PyTorch and Keras compute
// what the proof in each file says. Installs them in a temporary folder; UNROLL_EXPORTS_PYTHON names a Python that has them, and
// UNROLL_ONNXRUNTIME_FOLDER a folder in which onnxruntime-node is installed. Without a network and without both it is skipped.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { provideBuild } from './provision/build.mjs'
import { provideDependencies } from './provision/dependencies.mjs'

const FILES = 'test/exports'
const RUNTIME = 'onnxruntime-node@1.30.0'

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error !== undefined || status !== 0)
    throw new Error(`Cannot run ${command} ${args.join(' ')}: ${error?.message ?? `it ended with ${status}`}`)
}

/**
 * Runs what installs something; what cannot be installed skips all checks.
 *
 * @param {() => void} install
 */
function installOrSkip(install) {
  try {
    install()
  } catch (error) {
    console.log(`skipped: ${error instanceof Error ? error.message : error}`)
    process.exit(0)
  }
}

await provideDependencies()
await provideBuild()
const folder = mkdtempSync(join(tmpdir(), 'unroll-exports-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
try {
  const givenPython = process.env['UNROLL_EXPORTS_PYTHON']
  const python = givenPython ?? join(folder, 'venv/bin/python')
  if (givenPython === undefined)
    installOrSkip(() => {
      run('python3', ['-m', 'venv', join(folder, 'venv')])
      run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(FILES, 'requirements.txt')])
    })
  const givenRuntime = process.env['UNROLL_ONNXRUNTIME_FOLDER']
  const runtime = givenRuntime ?? join(folder, 'runtime')
  if (givenRuntime === undefined)
    installOrSkip(() =>
      run('npm', ['install', '--prefix', runtime, '--ignore-scripts', '--no-audit', '--no-fund', RUNTIME]),
    )
  const exported = join(folder, 'exported')
  run(process.execPath, [join('test/dist/exports/write_exports.js'), exported])
  run(python, [join(FILES, 'check_exports.py'), exported])
  run(python, [join(FILES, 'train_there.py'), exported])
  run(process.execPath, ['tools/test.mjs', FILES], {
    UNROLL_EXPORTS_FOLDER: exported,
    UNROLL_ONNXRUNTIME_FOLDER: runtime,
  })
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
