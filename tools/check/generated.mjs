import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { CELL_TABLE, buildCellTable } from '../provision/cells.mjs'
import { root } from '../repository.mjs'
import { USERS_FILE, writeUsers } from '../acl/users.mjs'
import { EVERY_PACKAGE, LAW } from './law.mjs'

/** @import { Finding } from './run.mjs' */
/** @typedef {{ file: string, make: (file: string) => string | Promise<string> }} Generated a committed file and what writes it */

/** @type {Generated[]} */
const GENERATED = [
  {
    file: 'docs/openapi.json',
    make: () =>
      execFileSync(process.execPath, [join(root, 'apps/api/dist/openapi.js')], {
        encoding: 'utf8',
        maxBuffer: 2 ** 24, // the document has more than the default of 1 MiB
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
  },
  {
    file: 'docs/commands.md',
    make: async () => {
      const { table } = await import(join(root, 'bench/dist/tables/markdown.js'))
      return (await import(join(root, 'apps/cli/dist/reference.js'))).commandReference(table)
    },
  },
  { file: 'docs/diagnosis.md', make: fromSpec('diagnosis') },
  { file: 'docs/errors.md', make: fromSpec('errors') },
  { file: 'docs/job-specification.md', make: fromSpec('jobSpecification') },
  { file: 'docs/limits.md', make: fromSpec('limits') },
  { file: 'docs/series.md', make: fromSpec('series') },
  { file: 'docs/states.md', make: fromSpec('states') },
  {
    file: 'packages/libtensorflow/kernels/scan_codes.h',
    make: async () => (await import(join(root, 'packages/engines/dist/tensorflow/scan/codes.js'))).codesHeader(),
  },
  { file: 'packages/datasets/src/text/characters_module.ts', make: fromText('characters.wat', 'CHARACTERS') },
  { file: 'packages/runtime/src/kernels/kernels_module.ts', make: fromText('kernels.wat', 'KERNELS') },
  { file: CELL_TABLE, make: () => buildCellTable(join(root, dirname(CELL_TABLE))) },
  { file: 'ARCHITECTURE.md', make: withLaw },
  { file: USERS_FILE, make: writeUsers },
  {
    file: 'docs/performance.md',
    make: async () => (await import(join(root, 'bench/dist/page.js'))).performance(),
  },
  {
    file: 'docs/learning.md',
    make: async () => (await import(join(root, 'bench/dist/learning/page.js'))).learning(),
  },
  {
    file: 'docs/sweeps.md',
    make: async () => (await import(join(root, 'bench/dist/sweeps/page.js'))).sweeps(),
  },
  {
    file: 'docs/diagnosis-score.md',
    make: async () => (await import(join(root, 'bench/dist/diagnosis/page.js'))).diagnosisScore(),
  },
]

/** All of them: a page for each cell as well. @returns {Promise<Generated[]>} */
async function listGenerated() {
  const { CELL_NAMES, cell } = await import(join(root, 'packages/contract/dist/docs.js'))
  const pages = CELL_NAMES.map((/** @type {string} */ name) => ({
    file: `docs/cells/${name}.md`,
    make: () => cell(name),
  }))
  return [...GENERATED, ...pages]
}

/**
 * @param {string} name of a function exported by `packages/contract/src/docs.ts`
 * @returns {() => Promise<string>}
 */
function fromSpec(name) {
  return async () => {
    const docs = await import(join(root, 'packages/contract/dist/docs.js'))
    return docs[name]()
  }
}

/**
 * A module of TypeScript with the WebAssembly of a text beside it.
 * @param {string} name of the text
 * @param {string} constant
 */
function fromText(name, constant) {
  return async (/** @type {string} */ file) => {
    const { default: openWabt } = await import('wabt')
    const source = readFileSync(join(root, dirname(file), name), 'utf8')
    const { buffer } = (await openWabt()).parseWat(name, source, { simd: true, bulk_memory: true }).toBinary({})
    const base64 = Buffer.from(buffer).toString('base64')
    return `// Generated from ${name} by \`npm run docs\`.\n\n/** The WebAssembly module, in base64. */\nexport const ${constant}: string =\n  '${base64}'\n`
  }
}

/** ARCHITECTURE.md with the table of its import law as law.mjs has it. */
async function withLaw() {
  const { table } = await import(join(root, 'bench/dist/tables/markdown.js'))
  const rows = Object.entries(LAW).map(([folder, { own, outside, node }]) => [
    `\`${folder}\``,
    listOf(own === EVERY_PACKAGE ? ['every package'] : own.map((name) => `\`${name}\``)),
    listOf(outside.map((name) => `\`${name}${name.endsWith('/') ? '*' : ''}\``)),
    node ? 'yes' : 'no',
  ])
  const head = ['folder', 'of ours', 'of others', 'Node']
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  return text.replace(/\| folder [^]*?\n(?=\n)/, () => `${table(head, rows, head.length)}\n`)
}

/** @param {string[]} names */
function listOf(names) {
  return names.length === 0 ? '–' : names.join(', ')
}

/**
 * Compares committed files with what their generators write now.
 * @param {Generated[]} table
 * @param {string} folder that the file names are relative to
 * @returns {Promise<string[]>} one sentence for each fault
 */
export async function staleFiles(table, folder) {
  const faults = []
  for (const { file, make } of table) {
    try {
      const fresh = await make(file)
      const path = join(folder, file)
      if (!existsSync(path)) faults.push(`${file} is missing: run "npm run docs"`)
      else if (readFileSync(path, 'utf8') !== fresh) faults.push(`${file} is stale: run "npm run docs"`)
    } catch (error) {
      faults.push(`${file} cannot be generated: ${error.message.split('\n', 1)[0]}`)
    }
  }
  return faults
}

/**
 * Checks that the generated documents are fresh.
 * @returns {Promise<Finding>}
 */
export async function checkGenerated() {
  const all = await listGenerated()
  return { seen: all.length, unit: 'generated files', faults: await staleFiles(all, root) }
}

/** Writes all generated documents anew. */
export async function writeGenerated() {
  for (const { file, make } of await listGenerated()) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), await make(file))
    console.log(`  ✓ ${file}`)
  }
}
