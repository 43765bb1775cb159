import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { layOutCli } from './cli.mjs'

const LIMIT_MS = 180_000

test('npm installs the packed command line in an empty project without a registry, and it runs there', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-pack-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [packed, project] = ['packed', 'project'].map((name) => join(folder, name))
  const files = layOutCli(packed)
  assert.ok(files.length > 10 && files.includes('dist/page/report.html'), files.join(', '))
  assert.deepEqual(
    files.filter((name) => /\.test\.|\.map$/.test(name)),
    [],
  )
  const manifest = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'))
  assert.ok(!('private' in manifest || 'dependencies' in manifest || 'devDependencies' in manifest))

  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{"private":true}')
  run('npm', ['pack', packed, '--pack-destination', folder], folder)
  const tarball = join(folder, `unroll-cli-${manifest.version}.tgz`)
  assert.ok(existsSync(tarball))
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], project)

  const unroll = join(project, 'node_modules/.bin/unroll')
  assert.equal(run(unroll, ['--version'], tmpdir()).stdout, `unroll ${manifest.version}\n`)
  assert.match(run(unroll, ['--help'], tmpdir()).stdout, /^ {2}report +writes a run as one page/m)
  assert.match(run(unroll, ['completion', 'bash'], tmpdir()).stdout, /^complete -o default -F _unroll unroll$/m)
  const network = join(folder, 'network.onnx')
  writeFileSync(network, 'none')
  assert.match(run(unroll, ['verify', network], tmpdir(), 1).stderr, /onnxruntime-node is not installed/)
  assert.match(run(unroll, ['list', '--url', '127.0.0.1:9'], tmpdir(), 4).stderr, /Cannot reach the service/)
})

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {number} code the wanted exit code
 */
function run(command, args, cwd, code = 0) {
  const environment = { ...process.env, UNROLL_URL: '', UNROLL_CONFIG: join(cwd, 'none.json') }
  const ran = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: LIMIT_MS, env: environment })
  assert.equal(ran.status, code, `${command} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
  return ran
}
