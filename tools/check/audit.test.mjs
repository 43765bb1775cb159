import assert from 'node:assert/strict'
import { test } from 'node:test'

import { judgeAudit } from './audit.mjs'

const ADVISORY = {
  url: 'https://example.org/advisories/GHSA-a',
  title: 'writes outside',
  severity: 'high',
  name: 'tar',
}
const REPORT = {
  vulnerabilities: {
    tar: { nodes: ['node_modules/tar', 'node_modules/old/node_modules/tar'], via: [ADVISORY] },
    old: { nodes: ['node_modules/old'], via: ['tar'] },
  },
  metadata: { dependencies: { total: 3 } },
}
const BOTH = { folders: REPORT.vulnerabilities.tar.nodes, reason: 'never loaded' }

test('judgeAudit() finds an advisory that is not accepted in each folder that has it', () => {
  const { seen, faults } = judgeAudit(REPORT, {}) ?? assert.fail()
  assert.equal(seen, 3)
  assert.deepEqual(faults, [
    'node_modules/tar has the high advisory GHSA-a of tar: writes outside',
    'node_modules/old/node_modules/tar has the high advisory GHSA-a of tar: writes outside',
  ])
})

test('judgeAudit() accepts an advisory with its reason, where it is accepted', () => {
  assert.deepEqual(judgeAudit(REPORT, { 'GHSA-a': BOTH })?.faults, [])
  assert.deepEqual(judgeAudit(REPORT, { 'GHSA-a': BOTH })?.notes, ['GHSA-a of tar: never loaded'])
  assert.equal(judgeAudit(REPORT, { 'GHSA-a': { ...BOTH, folders: ['node_modules/tar'] } })?.faults.length, 1)
})

test('judgeAudit() finds an accepted advisory that no package has', () => {
  const { faults } = judgeAudit(REPORT, { 'GHSA-a': BOTH, 'GHSA-b': BOTH }) ?? assert.fail()
  assert.deepEqual(faults, ['GHSA-b is accepted, and no package has it'])
})

test('judgeAudit() judges nothing where the registry has not answered', () => {
  assert.equal(judgeAudit({ message: '405 Method Not Allowed' }), undefined)
})
