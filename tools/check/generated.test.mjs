import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { staleFiles } from './generated.mjs'

test('staleFiles() names files that are stale, missing or cannot be generated', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-generated-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'fresh.md'), 'new\n')
  writeFileSync(join(folder, 'stale.md'), 'old\n')
  const broken = () => {
    throw new Error('No such module')
  }
  const table = ['fresh.md', 'stale.md', 'missing.md'].map((file) => ({ file, make: () => 'new\n' }))
  assert.deepEqual(await staleFiles([...table, { file: 'broken.md', make: broken }], folder), [
    'stale.md is stale: run "npm run docs"',
    'missing.md is missing: run "npm run docs"',
    'broken.md cannot be generated: No such module',
  ])
})
