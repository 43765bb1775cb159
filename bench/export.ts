import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseJobSpec, type JobSpec } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { exportApart } from '@unroll/exports'
import { encodeSafetensors } from '@unroll/formats'
import { openFeed } from '@unroll/tasks'
import { train } from '@unroll/trainer'
import { bench, count, text } from './command.ts'
import { outOption, report } from './results.ts'
import { exportTable, type ExportResult } from './tables/export.ts'

const PEER = fileURLToPath(new URL('../torch_export.py', import.meta.url)) // this module runs in bench/dist

const COMMAND = {
  name: 'export',
  question:
    'How fast does onnxruntime run an exported LSTM of two layers of 128 units, beside the export of PyTorch of the same network, in one run?',
  options: {
    steps: count(100, 'of each sequence'),
    rounds: count(15, 'rounds, in which both take turns; the median counts'),
    threads: count(2, 'of onnxruntime'),
    python: text('FILE', 'the Python that has onnxruntime, onnxscript, safetensors and PyTorch', 'python3'),
    out: outOption('export'),
  },
} as const

await bench(COMMAND, async ({ steps, rounds, threads, python, out }) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-bench-export-'))
  try {
    const spec = parseSpec()
    const state = await trainState(spec)
    const sha256 = createHash('sha256').update(state).digest('hex')
    const opening = { spec, origin: { job: 'bench', checkpoint: 'bench', step: spec.training.max_steps, sha256 } }
    const onnx = join(folder, 'model.onnx')
    const weights = join(folder, 'model.safetensors')
    writeFileSync(onnx, await exportApart(state.slice(), opening, 'onnx'))
    writeFileSync(weights, await exportApart(state, opening, 'pytorch'))
    const { versions, ...measured } = runPeer(python, [onnx, weights, ...[steps, rounds, threads].map(String)])
    report<Omit<ExportResult, 'date' | 'machine' | 'versions'>>(out, { versions, ...measured }, exportTable)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function parseSpec(): JobSpec {
  const parsed = parseJobSpec({
    model: { cell: 'lstm', hidden_size: 128, layers: 2 },
    data: { task: 'adding' },
    sequence_length: 20,
    training: { batch_size: 8, max_steps: 3, evaluate_every: 0 },
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.value
}

/** The file of the state after a few steps. */
async function trainState(spec: JobSpec): Promise<Uint8Array<ArrayBuffer>> {
  const { engine } = await selectEngine('auto')
  let state = new Uint8Array()
  await train(engine, spec, await openFeed(spec), {
    signal: new AbortController().signal,
    clock: () => performance.now(),
    onRow: () => {},
    onStep: () => {},
    onEvent: () => {},
    onCheckpoint: async (_, __, take) => {
      state = encodeSafetensors((await take()).training.tensors)
    },
  })
  return state
}

type Measured = Omit<ExportResult, 'date' | 'machine'>

/** @throws {Error} where it cannot run */
function runPeer(python: string, args: readonly string[]): Measured {
  const { stdout, stderr, status, error } = spawnSync(python, [PEER, ...args], { encoding: 'utf8' })
  if (error !== undefined) throw new Error(`Cannot run ${python}`, { cause: error })
  if (status !== 0) throw new Error(`Cannot time exports with ${python}: ${stderr.trimEnd().split('\n').at(-1) ?? ''}`)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Measured
}
