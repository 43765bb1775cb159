import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bench, choices, count, text } from './command.ts'
import { SIZE_NAMES } from './grid.ts'
import { checksOf, OURS, pointsOf, summaryOf, type RunOutput } from './peers_output.ts'
import { fileByVectors, outOptionByVectors, report } from './results.ts'
import { checkTable, pointsTable, summaryTable, type PeersResult } from './tables/peers.ts'
import { holdVectors, vectorsOption } from './vectors.ts'

const STEP = fileURLToPath(new URL('./step.js', import.meta.url))
const FIELDS = ['cell', 'T', 'B', 'E', 'H', 'V', 'L', 'variant', 'steps', 'threads']
/** The peers' gru resets after the product, ours before it: as much to compute, other numbers. */
const SAME_EQUATIONS = ['lstm', 'rnn']

const COMMAND = {
  name: 'peers',
  question:
    'How long does a training step take beside those of PyTorch, Keras and JAX? Runs the peers, each in its fastest way, and us in turn, each in a process of its own.',
  options: {
    peers: text('DIR', "the peers' scripts: run.py, gemm_peak.py, check_flow.py"),
    python: text('FILE', 'the Python that has the peers installed', 'python3'),
    tfjs: text('DIR', 'also tfjs-layers: a folder that has node_modules/@tensorflow/tfjs-node', ''),
    cases: choices(SIZE_NAMES, SIZE_NAMES, 'of the grid'),
    cells: choices(['lstm', 'gru', 'rnn'], ['lstm', 'gru', 'rnn'], 'cell of every layer'),
    rounds: count(3, 'rounds, the calmest of which counts'),
    threads: count(2, 'CPUs of each process'),
    vectors: vectorsOption,
    out: outOptionByVectors('peers'),
  },
} as const

await bench(COMMAND, async ({ peers, python, tfjs, cases, cells, rounds, threads, vectors, out }) => {
  await holdVectors(vectors)
  const folder = mkdtempSync(join(tmpdir(), 'unroll-peers-'))
  try {
    const run = (script: string, options: Readonly<Record<string, string>>): string =>
      outputOf(python, [join(peers, script), ...argumentsOf(options)])
    const compared = SAME_EQUATIONS.filter((cell) => cells.some((each) => each === cell))
    const check =
      compared.length === 0
        ? []
        : checksOf(run('check_flow.py', { cells: compared.join(), also: ourCommand('dump') }), compared)
    const gemm = join(folder, 'gemm.json')
    const results = join(folder, 'results.json')
    const what = { cases: cases.join(), cells: cells.join(), threads: String(threads) }
    run('gemm_peak.py', { ...what, out: gemm })
    const competitors = ['torch', 'keras', 'jax', ...(tfjs === '' ? [] : ['tfjs'])].join()
    const places = { gemm, out: results, ...(tfjs !== '' && { tfjs }) }
    run('run.py', { ...what, ...places, rounds: String(rounds), peers: competitors, also: ourCommand() })
    report<Figures>(
      fileByVectors('peers', out),
      { ...figuresOf(JSON.parse(readFileSync(results, 'utf8')) as RunOutput), check },
      tables,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

type Figures = Omit<PeersResult, 'date' | 'machine' | 'versions'>

function figuresOf(output: RunOutput): Omit<Figures, 'check'> & Pick<PeersResult, 'versions'> {
  const points = pointsOf(output)
  const { [OURS]: libtensorflow = '', ...versions } = output.versions
  const { threads, rounds } = output
  return { versions: { libtensorflow, ...versions }, threads, rounds, points, summary: summaryOf(points) }
}

function tables(result: PeersResult): string {
  return [pointsTable(result), summaryTable(result), checkTable(result)].join('\n\n')
}

/** The name and command by which run.py and check_flow.py run us, with their fields in braces. */
function ourCommand(...more: readonly string[]): string {
  const options = [...FIELDS, ...more].map((field) => `--${field} {${field}}`)
  return `${OURS}='${process.execPath}' '${STEP}' ${options.join(' ')}`
}

function argumentsOf(options: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
}

/** What a script prints; its progress is shown. Errors: Error when it cannot run. check_flow.py fails by what it prints. */
function outputOf(command: string, given: readonly string[]): string {
  const { stdout, error, status } = spawnSync(command, given, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  })
  if (error !== undefined) throw new Error(`Cannot run ${command}`, { cause: error })
  if (status !== 0 && stdout === '') throw new Error(`Cannot run ${command} ${given[0]}: exit code ${status}`)
  return stdout
}
