import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { root } from '../repository.mjs'
import { layOutClient } from './client.mjs'

const IMPORT = /\b(?:from|import)\s*\(?['"]([^'"]+)['"]/g

test('the packed client has all that it imports, but for public packages it says it needs, and runs', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-pack-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const files = layOutClient(folder)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  assert.ok(!('private' in manifest))
  assert.ok(Object.keys(manifest.dependencies).every((name) => !name.startsWith('@unroll/')))
  assert.ok(files.includes('dist/index.js') && files.includes('dist/index.d.ts'))

  let imports = 0
  for (const file of files.filter((name) => /\.(?:js|d\.ts)$/.test(name))) {
    for (const [, name = ''] of readFileSync(join(folder, file), 'utf8').matchAll(IMPORT)) {
      imports++
      const isThere = name.startsWith('.')
        ? existsSync(join(folder, dirname(file), name.replace(/\.ts$/, '.js')))
        : Object.keys(manifest.dependencies).some((needed) => name === needed || name.startsWith(`${needed}/`))
      assert.ok(isThere, `${file} imports ${name}`)
    }
  }
  assert.ok(imports > 50, `${imports}`)

  for (const library of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(folder, 'node_modules', library)), { recursive: true })
    symlinkSync(join(root, 'node_modules', library), join(folder, 'node_modules', library))
  }
  const { UnrollClient, isFinal } = await import(pathToFileURL(join(folder, 'dist/index.js')).href)
  assert.equal(isFinal('succeeded'), true)
  assert.equal(typeof new UnrollClient({ baseUrl: 'http://127.0.0.1:9' }).jobs.get, 'function')
})
