import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { test } from 'node:test'

const BUNDLE = new URL('../dist/bundle/', import.meta.url)
const COMMENT = /^\s*(?:\/\*\*|\*).*$/gm // names types
const STATEMENT = /^(?:import|export)\b[^"'\n]*["']([^"'\n]+)["'];?$|\bimport\(["']([^"'\n]+)["']\)/gm

/** What a file of the bundle loads at once, and what it loads when it needs it. */
function loadedBy(file: string): { text: string; atOnce: string[]; later: string[] } {
  const text = readFileSync(new URL(file, BUNDLE), 'utf8')
  const statements = [...text.replaceAll(COMMENT, '').matchAll(STATEMENT)]
  const named = (group: 1 | 2) => statements.flatMap(({ [group]: name }) => name ?? [])
  return { text, atOnce: named(1), later: named(2) }
}

function others(names: readonly string[]): string[] {
  return names.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')))
}

/** A file beside the program. */
const OWN = /^\.\/(?:assets\/)?[\w-]+\.js$/

/** A file and all that it loads at once, itself or by another; `names` are those of modules that are no files beside it. */
function closureOf(file: string, seen = new Map<string, string>(), names = new Set<string>()) {
  const { text, atOnce } = loadedBy(file)
  seen.set(file, text)
  for (const name of atOnce) {
    const path = OWN.test(name) ? `assets/${name.split('/').at(-1)}` : undefined
    if (path === undefined) names.add(name)
    else if (!seen.has(path)) closureOf(path, seen, names)
  }
  return { files: seen, names: [...names] }
}

test('the program with all that it loads at once is small and loads nothing but Node, so that it starts as fast as Node', (t) => {
  const { files, names } = closureOf('main.js')
  const bytes = [...files.values()].reduce((sum, text) => sum + text.length, 0)
  t.diagnostic(`${Math.round(bytes / 1_000)} kB in ${[...files.keys()].join(', ')}; loads ${names.join(', ')}`)
  assert.ok(names.length > 0)
  assert.deepEqual(others(names), [])
  assert.ok(bytes < 170_000, `${bytes} bytes`)
})

test('what it loads later lies beside it and loads nothing but Node and its neighbours', (t) => {
  const { later } = loadedBy('main.js')
  assert.ok(later.some((name) => OWN.test(name)))
  const files = readdirSync(new URL('assets/', BUNDLE)).filter((name) => name.endsWith('.js'))
  assert.ok(files.length > 0)
  t.diagnostic(`${files.length} files: ${files.join(', ')}`)
  const loaded = files
    .map((name) => loadedBy(`assets/${name}`))
    .flatMap(({ atOnce, later: more }) => [...atOnce, ...more])
  assert.deepEqual(
    others([...later, ...loaded]).filter((name) => !OWN.test(name)),
    [],
  )
})
