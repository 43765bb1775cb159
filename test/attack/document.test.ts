// A few requests of each kind to every operation of the service's own document, as a key of one scope; `npm run test:attack` tries
// thousands as each kind of caller.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../../..')
const PYTHON = process.env['UNROLL_ATTACK_PYTHON']
const LEAST_CASES = 50
const LIMIT_MS = 300_000

test(
  'no request leads to an answer of 5xx, or to one that the document does not have',
  { skip: PYTHON === undefined && 'UNROLL_ATTACK_PYTHON names no Python that has schemathesis' },
  async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['tools/attack.mjs', 'document-admin'], {
      cwd: ROOT,
      env: { ...process.env, UNROLL_ATTACK_EXAMPLES: '1', NODE_OPTIONS: '' },
      timeout: LIMIT_MS,
    })
    const [told = '', cases] = /document, admin: (\d+) cases.*/.exec(stdout) ?? []
    t.diagnostic(told)
    assert.ok(Number(cases) >= LEAST_CASES, stdout)
  },
)
