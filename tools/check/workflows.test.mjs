import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checkWorkflows, judgeWorkflows } from './workflows.mjs'

const KNOWN = { scripts: ['ok', 'pack:cli'], stages: ['api', 'worker-cuda'] }

/** @type {[text: string, fault: string | undefined][]} */
const LINES = [
  ['- uses: actions/checkout@v5', undefined],
  ['- uses: actions/checkout@main', 'w.yml: "actions/checkout@main" names no action by its major version'],
  ['- uses: actions/checkout', 'w.yml: "actions/checkout" names no action by its major version'],
  ['- run: npm run pack:cli -- --now', undefined],
  ['- run: npm run pack', 'w.yml: "pack" names no script of package.json'],
  ['target: [api, worker-cuda]', undefined],
  ['target: [api, worker-gpu]', 'w.yml: "worker-gpu" names no stage of deploy/Dockerfile'],
]

test('judgeWorkflows() finds what a workflow names and the repository lacks', () => {
  for (const [text, fault] of LINES) {
    const { seen, faults } = judgeWorkflows([{ path: 'w.yml', text }], KNOWN)
    assert.ok(seen > 0, text)
    assert.deepEqual(faults, fault === undefined ? [] : [fault])
  }
})

test('checkWorkflows() finds no fault in the workflows of the repository', () => {
  const { seen, faults } = checkWorkflows()
  assert.ok(seen > 10, `${seen} names`)
  assert.deepEqual(faults, [])
})
