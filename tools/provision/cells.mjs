// The table of cells in packages/bptt, written from the files of its folder, so that a new cell is named nowhere twice.

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const CELL_TABLE = 'packages/bptt/src/cells/implementations.ts'

/**
 * The text of the table.
 * @param {string} folder of cells: each file that exports what it is named after is one
 */
export function buildCellTable(folder) {
  const cells = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .map((name) => ({ name, exported: camelCase(name) }))
    .filter(({ name, exported }) => exports(readFileSync(join(folder, `${name}.ts`), 'utf8'), exported))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (cells.length === 0) throw new Error(`Cannot write the table of cells as there are none in ${folder}`)
  return [
    '// Written by the build: every file of this folder that exports what it is named after.',
    '',
    "import type { CellName, Model } from '@unroll/contract'",
    "import type { Cell } from './cell.ts'",
    ...cells.map(({ name, exported }) => `import { ${exported} } from './${name}.ts'`),
    '',
    '/** A cell, or what makes it of a model, where that has a choice. */',
    'type Of<Chosen extends Model> = Cell | ((model: Chosen) => Cell)',
    '',
    'export const CELL_TABLE: { readonly [Name in CellName]: Of<Extract<Model, { cell: Name }>> } = {',
    ...cells.map(({ name, exported }) => `  ${name === exported ? name : `${name}: ${exported}`},`),
    '}',
    '',
  ].join('\n')
}

/**
 * Writes the table where a cell has come or gone.
 * @param {string} repository
 */
export function writeCellTable(repository) {
  const file = join(repository, CELL_TABLE)
  const fresh = buildCellTable(join(file, '..'))
  if (!existsSync(file) || readFileSync(file, 'utf8') !== fresh) writeFileSync(file, fresh)
}

/** @param {string} name in snake case */
function camelCase(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
}

/**
 * @param {string} source
 * @param {string} name
 */
function exports(source, name) {
  return new RegExp(String.raw`^export (?:const|function) ${name}\b`, 'm').test(source)
}
