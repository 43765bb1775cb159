// The acceptance bank: its rows as specifications, and the shortest of them trained through a service.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseJobSpec } from '@unroll/contract'

interface Row {
  readonly name: string
  readonly seeds: number
  readonly figures: readonly {
    readonly rule: { readonly of?: number; readonly timesMoreThan?: { readonly row: string } }
  }[]
}

const BENCH = new URL('../../../bench/dist/', import.meta.url)
const { ROWS } = (await import(new URL('learning/rows.js', BENCH).href)) as { ROWS: readonly Row[] }
const { specify } = (await import(new URL('learning/train_row.js', BENCH).href)) as {
  specify: (row: Row, seed: number) => object
}

const [SHORTEST, LIMIT_MS] = ['noise_free_lag_10', 300_000]

test('every row of the bank is a job that the service takes, under a name of its own', (t) => {
  for (const row of ROWS)
    assert.deepEqual(parseJobSpec(specify(row, 1)), { ...parseJobSpec(specify(row, 1)), ok: true }, row.name)
  assert.equal(new Set(ROWS.map(({ name }) => name)).size, ROWS.length)
  t.diagnostic(`${ROWS.length} rows`)
  assert.ok(ROWS.length >= 20)
})

test('every rule of the bank asks for as many seeds as the row has at most, and for rows that exist', (t) => {
  const rules = ROWS.flatMap((row) => row.figures.map(({ rule }) => ({ rule, row })))
  for (const { rule, row } of rules) {
    assert.ok((rule.of ?? 1) <= row.seeds, row.name)
    if (rule.timesMoreThan)
      assert.ok(
        ROWS.some(({ name }) => name === rule.timesMoreThan?.row),
        row.name,
      )
  }
  t.diagnostic(`${rules.length} rules`)
  assert.ok(rules.length >= ROWS.length)
})

test('bench:learning trains a row through the service, keeps its result and its flow, and does not run it again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-learning-'))
  try {
    const out = join(folder, 'learning.json')
    const options = ['--rows', SHORTEST, '--out', out, '--pictures', folder]
    const run = () =>
      execFileSync(process.execPath, [fileURLToPath(new URL('learning.js', BENCH)), ...options], {
        encoding: 'utf8',
        timeout: LIMIT_MS,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
    assert.match(run(), /^1 of 1 rows to run\n[^]*\| met /)
    const { rows } = JSON.parse(readFileSync(out, 'utf8')) as { rows: Record<string, { values: number[][] }> }
    const [[sequences = Number.NaN] = []] = rows[SHORTEST]!.values
    assert.ok(sequences > 0 && sequences <= 1600, String(sequences))
    assert.match(readFileSync(join(folder, `${SHORTEST}.svg`), 'utf8'), /^<svg [^]*‖∂L\/∂h_t‖[^]*training step/)
    assert.match(run(), /^0 of 1 rows to run\n$/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
