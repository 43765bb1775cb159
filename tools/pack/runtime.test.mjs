import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { layOutRuntime } from './runtime.mjs'

const IMPORT = /\b(?:from|import)\s*\(?['"]([^'"]+)['"]/g

test('the packed runtime needs no package, has the types that it names, and runs', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-pack-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const files = layOutRuntime(folder)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  assert.ok(!('private' in manifest || 'dependencies' in manifest || 'devDependencies' in manifest))
  const imports = files
    .filter((name) => /\.(?:js|d\.ts)$/.test(name))
    .flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(IMPORT)].map(([, name = '']) => ({ file, name })),
    )
  assert.ok(imports.length > 0)
  for (const { file, name } of imports)
    assert.ok(existsSync(join(folder, dirname(file), name.replace(/\.ts$/, '.d.ts'))), `${file} imports ${name}`)
  const { loadModel } = await import(pathToFileURL(join(folder, manifest.exports['.'].default)).href)
  await assert.rejects(loadModel(new Uint8Array(3)), /Cannot read safetensors/)
})
