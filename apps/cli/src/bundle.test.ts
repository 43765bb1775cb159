import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { test } from 'node:test'

const BUNDLE = new URL('../dist/bundle/main.js', import.meta.url)

test('the program is one file that loads nothing but Node, so that it starts as fast as Node', (t) => {
  const text = readFileSync(BUNDLE, 'utf8')
  const statements = text.matchAll(/^(?:import|export)\b[^"'\n]*["']([^"'\n]+)["'];?$|\bimport\(["']([^"'\n]+)["']\)/gm)
  const loaded = [...statements].map(([, whole = '', later = whole]) => later)
  t.diagnostic(`${Math.round(text.length / 1_000)} kB, loads ${loaded.join(', ')}`)
  assert.ok(loaded.length > 0)
  const others = loaded.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')))
  assert.ok(
    others.every((name) => /^\.\/assets\/verification-/.test(name)), // what verifies files of ONNX, which loads when it is asked
    others.join(),
  )
  assert.ok(text.length < 150_000, `${text.length} bytes`)
})
