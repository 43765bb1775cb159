import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { root } from '../repository.mjs'
import { checkDeploy } from './deploy.mjs'

/** Each breaks one file, and names what is to be found. @type {[path: string, what: string, by: string, wanted: RegExp][]} */
const FAULTS = [
  ['deploy/Dockerfile', 'USER 1000:1000', 'USR 1000', /Dockerfile:\d+:\d+ unexpected 'U'/],
  [
    'docker-compose.yml',
    'read_only: true',
    'readonly: true',
    /docker-compose\.yml: Schema validation errors[^]*readonly/,
  ],
  [
    '.github/workflows/release.yml',
    'runs-on: ubuntu-24.04',
    'run-on: ubuntu-24.04',
    /release\.yml: Schema validation errors/,
  ],
  [
    'deploy/kubernetes/base/api.yaml',
    'readOnlyRootFilesystem',
    'readOnlyRoot',
    /Deployment unroll-api: [^]*readOnlyRoot/,
  ],
  ['deploy/kubernetes/base/api.yaml', 'minAvailable: 1', 'minAvailable: [1]', /PodDisruptionBudget unroll-api: /],
  ['deploy/kubernetes/base/network.yaml', '- { port: 443 }', '- { prt: 443 }', /NetworkPolicy unroll-egress: [^]*prt/],
  [
    'deploy/kubernetes/autoscaling/scaled-objects.yaml',
    'cooldownPeriod',
    'cooldown',
    /ScaledObject unroll-worker-cpu: /,
  ],
  [
    'deploy/systemd/unroll-worker@.service',
    'KillMode=mixed',
    'KillMood=mixed',
    /unroll-worker@\.service: [^]*KillMood/,
  ],
  ['deploy/prometheus/rules.yml', 'min(unroll_store_up) == 0', 'min(unroll_store_up) == 2', /UnrollRedisUnreachable/],
  [
    'deploy/grafana/unroll.json',
    'unroll_gpu_temperature_celsius',
    'unroll_gpu_temperature',
    /unroll\.json asks for unroll_gpu_temperature: /,
  ],
  [
    'deploy/grafana/unroll.json',
    '"expr": "unroll_gpu_jobs"',
    '"expr": "1"',
    /unroll\.json has no panel of unroll_gpu_jobs/,
  ],
  ['deploy/grafana/unroll.json', '"x": 16,', '"x": 15,', /panel "[^"]+" has the id or the place of "/],
  [
    'deploy/prometheus/rules.yml',
    'unroll_gpu_up == 0',
    'unroll_gpu_lost == 0',
    /rules\.yml asks for unroll_gpu_lost: /,
  ],
  ['deploy/systemd/unroll-api.service', 'TimeoutStopSec=30', 'TimeoutStopSec=3', /gives 3 s to stop/],
  [
    'deploy/systemd/unroll-api.service',
    '--initial-old-space-size=96 ',
    '',
    /runs the api with "--max-semi-space-size=2" and not/,
  ],
  [
    'docker-compose.yml',
    'redis://unroll-api:${REDIS_API_PASSWORD',
    'redis://unroll-worker:${REDIS_API_PASSWORD',
    /docker-compose\.yml has unroll-worker use Redis where it must be unroll-api/,
  ],
  [
    'deploy/kubernetes/base/worker-gpu.yaml',
    'secretRef: { name: unroll-worker }',
    'secretRef: { name: unroll-api }',
    /worker-gpu\.yaml has unroll-api use Redis where it must be unroll-worker/,
  ],
  [
    'deploy/kubernetes/base/kustomization.yaml',
    'rediss://unroll-worker:another@',
    'rediss://',
    /kustomization\.yaml has nobody's rediss:/,
  ],
  ['deploy/Dockerfile', ' MALLOC_ARENA_MAX=2', '', /Dockerfile runs the api without MALLOC_ARENA_MAX=2/],
]

test('checkDeploy() finds each fault among many', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-deploy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const part of [
    'deploy',
    '.github',
    'docker-compose.yml',
    'apps/api/src/main.ts',
    'apps/worker/src/main.ts',
    'docs/monitoring.md',
  ])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  for (const [path, what, by] of FAULTS) {
    const text = readFileSync(join(folder, path), 'utf8')
    assert.ok(text.includes(what), `${path} says "${what}"`)
    writeFileSync(join(folder, path), text.replace(what, by))
  }
  const { faults, notes = [] } = checkDeploy(folder)
  const skipped = notes.filter((note) => note.includes('are not looked at')).join('; ')
  for (const [path, , by, wanted] of FAULTS)
    await t.test(`"${by}" in ${path}`, (one) => {
      if (skipped !== '' && !wanted.test(faults.join('\n'))) return one.skip(skipped)
      assert.match(faults.join('\n'), wanted)
      return undefined
    })
})
