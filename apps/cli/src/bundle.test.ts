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

test('the program and what it shares with what it loads later load nothing but Node, so that it starts as fast as Node', (t) => {
  const { text, atOnce } = loadedBy('main.js')
  const shared = atOnce.filter((name) => OWN.test(name)).map((name) => loadedBy(name))
  const bytes = shared.reduce((sum, one) => sum + one.text.length, text.length)
  t.diagnostic(`${Math.round(bytes / 1_000)} kB, loads ${atOnce.join(', ')}`)
  assert.ok(atOnce.length > 0)
  const isNeighbour = (name: string) => /^\.\/[\w-]+\.js$/.test(name) && atOnce.includes(`./assets/${name.slice(2)}`)
  assert.deepEqual(others(atOnce.filter((name) => !OWN.test(name))), [])
  assert.deepEqual(
    others(shared.flatMap((one) => one.atOnce)).filter((name) => !isNeighbour(name)),
    [],
  )
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
