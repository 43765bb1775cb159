import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const BUNDLE = new URL('../dist/bundle/', import.meta.url)
const IMPORT = /^import\b[^"\n]*"(\.[^"\n]+\.js)";$/gm

/** A file of the bundle and all that it loads at once, itself or by another. */
function closureOf(file: URL, seen = new Map<string, string>()): ReadonlyMap<string, string> {
  if (seen.has(file.href)) return seen
  const text = readFileSync(file, 'utf8')
  seen.set(file.href, text)
  for (const [, path = ''] of text.matchAll(IMPORT)) closureOf(new URL(path, file), seen)
  return seen
}

test('the program of a child has no client of Redis, so that it starts in half a second', (t) => {
  const files = closureOf(new URL('child.js', BUNDLE))
  const bytes = [...files.values()].reduce((sum, text) => sum + text.length, 0)
  t.diagnostic(`${Math.round(bytes / 1_000)} kB in ${files.size} files`)
  assert.ok(files.size > 1)
  assert.ok(bytes < 2_300_000, `${bytes} bytes`)
  for (const [file, text] of files) assert.doesNotMatch(text, /\b(?:ScanStream|RedisConnection)\b/, file)
})
