import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { findLibrary, hasNvidiaGpu } from '@unroll/libtensorflow'

function run(name: string, ...options: readonly string[]) {
  const script = fileURLToPath(new URL(`../../../bench/dist/${name.replaceAll('-', '_')}.js`, import.meta.url))
  return spawnSync(process.execPath, [script, ...options], { encoding: 'utf8' })
}

const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>
}
const NAMES = Object.keys(scripts)
  .filter((script) => script.startsWith('bench:'))
  .map((script) => script.slice('bench:'.length))

test('package.json has the benches', (t) => {
  t.diagnostic(`${NAMES.length} benches`)
  assert.ok(NAMES.length > 0)
})

for (const name of NAMES) {
  test(`bench:${name} --help says what it answers and which options it has`, () => {
    const { status, stdout } = run(name, '--help')
    assert.equal(status, 0)
    assert.match(stdout, /^(?:How|What) .*\?/)
    assert.match(stdout, new RegExp(`npm run bench:${name} -- \\[options\\]`))
  })
}

const REFUSED: readonly (readonly [name: string, options: readonly string[], message: RegExp])[] = [
  ['step', ['--cell', 'lstn'], /^Cannot run as --cell must be one of rnn, gru, lstm: current value is "lstn"\n/],
  ['step', ['--T', '0'], /^Cannot run as --T must be an integer ≥ 1: current value is "0"\n/],
  ['step', ['--unknown', '1'], /^Unknown option '--unknown'/],
  [
    'observe',
    ['--sizes', 'small,huge'],
    /^Cannot run as --sizes must be some of small,.*: current value is "small,huge"\n/,
  ],
  ['gpu', ['--device', 'tpu'], /^Cannot run as --device must be one of gpu, cpu: current value is "tpu"\n/],
  ['peers', [], /^Cannot run as --peers must be given: current value is absent\n/],
]

for (const [name, options, message] of REFUSED) {
  test(`bench:${name} ${options.join(' ')} is refused in a line, without a stack trace`, () => {
    const { status, stderr } = run(name, ...options)
    assert.equal(status, 2)
    assert.match(stderr, message)
    assert.doesNotMatch(stderr, /\n\s+at /)
  })
}

test('bench:step prints the line that run.py reads', () => {
  const sizes = { T: 5, B: 4, E: 3, H: 6, V: 7, L: 2 }
  const options = Object.entries({ ...sizes, cell: 'gru', variant: 'flow', steps: 2, engine: 'wasm' })
  const { status, stdout } = run('step', ...options.flatMap(([name, value]) => [`--${name}`, String(value)]))
  assert.equal(status, 0)
  const line = JSON.parse(stdout) as Record<string, unknown>
  const { peer, impl, cell, variant, steps, T } = line
  assert.deepEqual(
    { peer, impl, cell, variant, steps, T },
    {
      peer: 'unroll',
      impl: 'tfjs wasm',
      cell: 'gru',
      variant: 'flow',
      steps: 2,
      T: 5,
    },
  )
  for (const name of ['median_ms', 'min_ms', 'loss_first', 'loss_last', 'start_ms', 'peak_mib'])
    assert.ok(Number.isFinite(line[name]), `${name}: ${String(line[name])}`)
})

test(
  'bench:gpu says in a line that there is no GPU',
  hasNvidiaGpu() ? { skip: 'there is a GPU on this machine' } : {},
  () => {
    const { status, stderr } = run('gpu')
    assert.equal(status, 1)
    assert.match(stderr, /^Cannot use a GPU as NVIDIA's driver is not on this machine[^\n]*\n$/)
  },
)

test(
  "bench:gpu --device cpu times a GPU's graph and writes the result",
  findLibrary() === undefined ? { skip: 'libtensorflow is not on this machine' } : {},
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'unroll-bench-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const out = join(folder, 'gpu.json')
    const least = { cases: 'long', cells: 'rnn', variants: 'flow', steps: '1', rounds: '1' }
    const options = Object.entries({ ...least, device: 'cpu', out }).flatMap(([name, value]) => [`--${name}`, value])
    const { status, stderr } = run('gpu', ...options)
    assert.equal(status, 0, stderr)
    const { device, gpus, tf32, points } = JSON.parse(readFileSync(out, 'utf8')) as {
      device: string
      gpus: string[]
      tf32: boolean
      points: { case: string; cell: string; variant: string; ms: { unroll: number } }[]
    }
    assert.deepEqual({ device, gpus, tf32 }, { device: 'cpu', gpus: [], tf32: false })
    assert.deepEqual(
      points.map((point) => [point.case, point.cell, point.variant]),
      [['long', 'rnn', 'flow']],
    )
    assert.ok(points[0]!.ms.unroll > 0)
  },
)
