import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

function run(name: string, ...options: readonly string[]) {
  const script = fileURLToPath(new URL(`../../../bench/dist/${name}.js`, import.meta.url))
  return spawnSync(process.execPath, [script, ...options], { encoding: 'utf8' })
}

for (const name of ['step', 'peers', 'observe', 'cells', 'length', 'pipeline', 'pollers']) {
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
