import assert from 'node:assert/strict'
import { test } from 'node:test'

import { allows, checkLicences, judgeLicences } from './licences.mjs'

/** @import { Locked } from './licences.mjs' */

/** @type {[expression: string, allowed: boolean][]} */
const EXPRESSIONS = [
  ['MIT', true],
  ['GPL-3.0-only', false],
  ['none', false],
  ['', false],
  ['MIT OR GPL-3.0-only', true],
  ['MIT AND GPL-3.0-only', false],
  ['(BSD-3-Clause AND Apache-2.0)', true],
  ['(MIT OR GPL-3.0-only) AND MPL-2.0', false],
  ['GPL-2.0-only OR (MIT AND (ISC OR MPL-2.0))', true],
  ['Apache-2.0 WITH LLVM-exception', false],
]

test('allows() takes an SPDX expression that allowed licences meet, and no other', () => {
  for (const [expression, allowed] of EXPRESSIONS) assert.equal(allows(expression), allowed, expression)
})

/** Each is one package, and what is said of it. @type {[locked: Locked, folder: string, wanted: RegExp | undefined][]} */
const PACKAGES = [
  [{ license: 'MIT' }, 'node_modules/kind', undefined],
  [{ license: 'GPL-3.0-only' }, 'node_modules/strict', /strict is shipped and has the licence GPL-3\.0-only/],
  [{ license: 'GPL-3.0-only', dev: true }, 'node_modules/strict', /strict has the licence GPL-3\.0-only/],
  [{}, 'node_modules/silent', /silent is shipped and has the licence none/],
  [{}, 'node_modules/old', undefined],
  [{ license: 'MPL-2.0', dev: true }, 'node_modules/vite/node_modules/lightningcss', undefined],
  [{ license: 'MPL-2.0' }, 'node_modules/lightningcss', /lightningcss is shipped and has the licence MPL-2\.0/],
  [{ license: 'GPL-3.0-only', dev: true }, 'node_modules/lightningcss', /has the licence GPL-3\.0-only/],
  [{ link: true }, 'node_modules/linked', undefined],
]

test('judgeLicences() finds each package whose licence is neither allowed nor excepted', () => {
  for (const [locked, folder, wanted] of PACKAGES) {
    const old = { licenses: folder.endsWith('/old') ? [{ type: 'MIT' }] : undefined }
    const { faults } = judgeLicences({ [folder]: locked }, () => old)
    const said = faults.filter((fault) => fault.startsWith('node_modules/')).join()
    if (wanted === undefined) assert.equal(said, '', folder)
    else assert.match(said, wanted)
  }
})

test('judgeLicences() finds an exception that no package needs, and no package at all', () => {
  const { seen, faults } = judgeLicences({}, () => ({}))
  assert.equal(seen, 0)
  assert.match(faults.join('\n'), /No package needs the exception of PSF-2\.0 for \^argparse\$/)
})

test('checkLicences() allows every package of the lock file', () => {
  const { seen, faults } = checkLicences()
  assert.ok(seen > 100, `${seen} packages`)
  assert.deepEqual(faults, [])
})
