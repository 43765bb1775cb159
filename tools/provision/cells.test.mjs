import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { buildCellTable } from './cells.mjs'

/**
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} files
 */
function folderOf(t, files) {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-cells-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

test('buildCellTable() has a row for each file that exports what it is named after', (t) => {
  const table = buildCellTable(
    folderOf(t, {
      'min_gru.ts': 'export const minGru: Cell = {}',
      'elman.ts': 'export function elman(): Cell {}',
      'elman.test.ts': 'export const elman = 1',
      'cell.ts': 'export interface Cell {}',
      'connection.ts': 'export const matrix = {}',
    }),
  )
  const lines = table.split('\n')
  assert.deepEqual(
    lines.filter((line) => line.startsWith('import {')),
    ["import { elman } from './elman.ts'", "import { minGru } from './min_gru.ts'"],
  )
  assert.deepEqual(
    lines.filter((line) => line.startsWith('  ')),
    ['  elman,', '  min_gru: minGru,'],
  )
})

test('buildCellTable() refuses a folder without cells', (t) => {
  const folder = folderOf(t, { 'cell.ts': 'export interface Cell {}' })
  assert.throws(() => buildCellTable(folder), /Cannot write the table of cells as there are none in/)
})
