// A cell is its file, its row, its schema and its equations: one that is added in a copy of the repository, in these four places
// alone, compiles, is checked as every cell is, and trains on every engine.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type * as Contract from '@unroll/contract'
import { CELLS, type CellEquations, type CellFacts } from '@unroll/contract'
import type * as Engines from '@unroll/engines'
import type * as Libtensorflow from '@unroll/libtensorflow'
import type * as Tasks from '@unroll/tasks'
import type * as Trainer from '@unroll/trainer'
import { FLOAT32_ENGINES, GPU_GRAPH, needs } from './interpreters.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url)) // from test/dist/conformance
const FOLDERS = ['packages', 'apps', 'bench', 'test']

const NAME = 'ugrnn'
const EQUATIONS: CellEquations = {
  lecture_name: 'Update gate RNN (UGRNN)',
  convention: 'The gate keeps the old value where it is 1.',
  forms: [{ options: {}, latex: ['h_t = z_f h_{t-1} + (1 - z_f) c_t'] }],
}
const FACTS = {
  gates: { f: 'forget', c: 'candidate' },
  states: ['h'],
  learnable: ['h'],
  recurrent: 'matrix',
  layerNorm: 'its file has none',
  cellZoneout: 'it has no memory cell',
  bounded: true,
  saved: 1,
} as const satisfies CellFacts

/** The four places: a new file, and a line in each of three others. */
const FILE = { from: 'test/fixtures/added_cell/ugrnn.ts', to: 'packages/bptt/src/cells/ugrnn.ts' }
const LINES = [
  {
    file: 'packages/contract/src/job/sections/cell_equations.ts',
    before: '  slstm: {\n',
    line: `  ${NAME}: ${JSON.stringify(EQUATIONS)},\n`,
  },
  {
    file: 'packages/contract/src/job/sections/cells.ts',
    before: '  slstm: {\n',
    line: `  ${NAME}: ${JSON.stringify(FACTS)},\n`,
  },
  {
    file: 'packages/contract/src/job/sections/model.ts',
    before: "    cell('slstm', ",
    line: `    cell('${NAME}', 'RNN with a forget gate alone (Collins et al. 2017).', { init: FORGET_INIT }),\n`,
  },
]

/** Tests that walk the table of cells, and how many of them one cell has in each file at least. */
const TESTS = [
  { file: 'packages/bptt/dist/cells/cells.test.js', least: 2 },
  { file: 'packages/exports/dist/layouts/canonical.test.js', least: 1 },
  { file: 'test/dist/gradcheck/gradcheck.test.js', least: 8 },
  { file: 'test/dist/gradcheck/timestep_clip.test.js', least: 1 },
  { file: 'test/dist/conformance/agreement.test.js', least: 2 },
]

describe('a cell that is added in four places', () => {
  let copy: string
  before(async () => {
    copy = mkdtempSync(join(tmpdir(), 'unroll-cell-'))
    copyRepository(copy)
    cpSync(join(ROOT, FILE.from), join(copy, FILE.to))
    for (const { file, before: anchor, line } of LINES) {
      const text = readFileSync(join(copy, file), 'utf8')
      assert.equal(text.split(anchor).length, 2, `${file} must have ${JSON.stringify(anchor)} once`)
      writeFileSync(
        join(copy, file),
        text.replace(anchor, () => line + anchor),
      )
    }
    const { writeCellTable } = await toolOf<{ writeCellTable: (repository: string) => void }>('cells')
    const { COMPILING } = await toolOf<{ COMPILING: string[] }>('build')
    writeCellTable(copy) // as the build does
    const { stdout, status } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), COMPILING, {
      cwd: copy,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  })
  after(() => rmSync(copy, { recursive: true, force: true }))

  for (const { file, least } of TESTS) {
    test(`is checked by ${file}, which knows nothing of it`, (t) => {
      const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: _options, ...env } = process.env // else the runner takes itself for a child
      const args = ['--test', '--test-reporter=tap', `--test-name-pattern=${NAME}`, join(copy, file)]
      const { stdout, status } = spawnSync(process.execPath, args, { cwd: copy, env, encoding: 'utf8' })
      assert.equal(status, 0, stdout)
      const passed = Number(/^# pass (\d+)$/m.exec(stdout)?.[1])
      assert.ok(passed >= least, `${passed} tests of ${NAME}:\n${stdout}`)
      t.diagnostic(`${passed} tests`)
    })
  }

  for (const name of ['oracle', ...FLOAT32_ENGINES, GPU_GRAPH.name]) {
    test(`trains on ${name} from a specification, with an estimate and a checkpoint`, needs(name), async (t) => {
      const { parseJobSpec, estimate } = await moduleOf<typeof Contract>(copy, 'contract')
      const { openFeed } = await moduleOf<typeof Tasks>(copy, 'tasks')
      const { train } = await moduleOf<typeof Trainer>(copy, 'trainer')
      const { selectEngine, tensorflowEngine } = await moduleOf<typeof Engines>(copy, 'engines')
      const { loadLibrary } = await moduleOf<typeof Libtensorflow>(copy, 'libtensorflow')
      const parsed = parseJobSpec({
        model: { cell: NAME, hidden_size: 8, layers: 2 },
        data: { task: 'adding' },
        sequence_length: 10,
        optimizer: { type: 'adam', learning_rate: 0.02 },
        training: { batch_size: 16, max_steps: 60 },
        observe: { saturation_every: 30, probe_every: 30 },
      })
      assert.ok(parsed.ok, JSON.stringify(parsed))
      const feed = await openFeed(parsed.value)
      const losses: number[] = []
      const names = new Set<string>()
      let parameters = 0
      const engine =
        name === GPU_GRAPH.name
          ? tensorflowEngine(loadLibrary(), { shards: 1, target: 'gpu' })
          : (await selectEngine(name)).engine
      const outcome = await train(engine, parsed.value, feed, {
        signal: new AbortController().signal,
        clock: () => 0,
        onStep: () => {},
        onEvent: () => {},
        onRow: ({ series }) => {
          losses.push(series['loss'] ?? NaN)
          for (const each of Object.keys(series)) names.add(each)
        },
        onCheckpoint: async (_occasion, _step, take) => {
          const { tensors } = (await take()).training
          const trained = Object.entries(tensors).filter(([tensor]) => !/^(?:moments|carried|clipping)\./.test(tensor))
          parameters = trained.reduce((sum, [, { data }]) => sum + data.length, 0)
        },
      })
      engine.dispose()
      assert.equal(outcome.type, 'succeeded')
      assert.equal(parameters, estimate(parsed.value, feed.problem).parameters)
      assert.ok(names.has('gate_saturation/layers.1.f') && names.has('saturation/layers.1'))
      const [first = NaN, last = NaN] = [losses[0], losses.at(-1)]
      assert.ok(last < first / 2, `the loss went from ${first} to ${last}`)
      t.diagnostic(`loss ${first.toFixed(3)} to ${last.toFixed(3)} in ${losses.length} steps, ${parameters} parameters`)
    })
  }
})

test('no source asks for a cell by its name but its file, its row and its schema', (t) => {
  const own = [...LINES.map(({ file }) => file), 'packages/bptt/src/cells/']
  const sources = execFileSync('git', ['ls-files', 'packages', 'apps'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((path) => /\/src\/.*\.ts$/.test(path) && !/\.test\.ts$|\/testing\/|\/tests\//.test(path))
    .filter((path) => !own.some((place) => path.startsWith(place)))
  const asking = new RegExp(
    String.raw`[!=]==? '(?:${Object.keys(CELLS).join('|')})'|case '(?:${Object.keys(CELLS).join('|')})'`,
  )
  const found = sources.filter((path) => asking.test(readFileSync(join(ROOT, path), 'utf8')))
  assert.ok(sources.length > 100)
  assert.deepEqual(found, [])
  t.diagnostic(`${sources.length} sources`)
})

/** What a file of tools/provision exports. */
async function toolOf<Exports>(name: string): Promise<Exports> {
  return (await import(join(ROOT, `tools/provision/${name}.mjs`))) as Exports
}

/** The repository with what is compiled of it, so that the compiler looks anew at what has to do with cells alone. */
function copyRepository(to: string): void {
  for (const name of FOLDERS) cpSync(join(ROOT, name), join(to, name), { recursive: true })
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.base.json']) cpSync(join(ROOT, name), join(to, name))
  const modules = join(to, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== '@unroll') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  cpSync(join(ROOT, 'node_modules/@unroll'), join(modules, '@unroll'), { recursive: true, verbatimSymlinks: true })
}

async function moduleOf<Module>(copy: string, name: string): Promise<Module> {
  return (await import(join(copy, 'packages', name, 'dist/index.js'))) as Module
}
