import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createNetwork, type Batch, type Program } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { random } from '@unroll/random'
import { ROWS, RowRunner } from '@unroll/trainer'
import { bench, count, text } from './command.ts'
import { fileByVectors, outOptionByVectors, report } from './results.ts'
import { predictTable, type PredictResult } from './tables/predict.ts'
import { median, rounded, timed } from './timing.ts'
import { holdVectors, vectorsOption } from './vectors.ts'

const TORCH = fileURLToPath(new URL('../torch_forward.py', import.meta.url)) // this module runs in bench/dist
const [X, H, K, B] = [12, 128, 9, 64]

const COMMAND = {
  name: 'predict',
  question:
    'How fast are sequences answered, beside the forward pass of training and that of nn.LSTM of PyTorch, in one run?',
  options: {
    sequences: count(10_000, 'to answer, all at once'),
    steps: count(100, 'of each sequence'),
    rounds: count(3, 'rounds, in each of which all take turns; the fastest counts'),
    threads: count(2, 'of PyTorch; ours has two shards'),
    python: text('FILE', 'the Python that has PyTorch; without, it is left out', ''),
    vectors: vectorsOption,
    out: outOptionByVectors('predict'),
  },
} as const

function makeProgram(batchSize: number): Program {
  return {
    model: {
      cell: 'lstm',
      hidden_size: H,
      layers: 1,
      dropout: 0,
      initial_state: 'zeros',
      embedding_size: null,
      init: {
        input: 'glorot_uniform',
        recurrent: 'orthogonal',
        std: 0.1,
        spectral_radius: null,
        forget_bias: 1,
        chrono_t_max: null,
      },
    },
    inputs: { kind: 'vectors', size: X },
    readout: { kind: 'softmax', size: K },
    mode: 'many_to_one',
    batchSize,
    shards: 2,
    clipping: { policy: 'none', nonfinite: 'fail' },
    optimizer: { type: 'sgd', learning_rate: 0.01, weight_decay: 0, schedule: { type: 'constant', warmup_steps: 0 } },
    seed: 1,
  }
}

await bench(COMMAND, async ({ sequences, steps: T, rounds, threads, python, vectors, out }) => {
  await holdVectors(vectors)
  const { engine } = await selectEngine('tensorflow')
  const draw = random(1, 'bench.predict')
  const rows = Array.from({ length: sequences }, () => Float32Array.from({ length: T * X }, () => draw.normal()))

  const training = await engine.open(makeProgram(B))
  const batch: Batch = {
    steps: T,
    inputs: Float32Array.from({ length: T * B * X }, () => draw.normal()),
    targets: new Int32Array(B),
  }
  const batches = Math.ceil(sequences / B)
  const forward = async () => {
    for (let n = 0; n < batches; n++) await training.forward(batch, { from: 'initial', advance: T })
  }
  const window = { from: 'initial', lossSteps: T, advance: 0 } as const
  const step = () => training.step(batch, window, { learningRate: 1e-3, metrics: false, flow: false })

  const session = await engine.open(makeProgram(ROWS))
  const initial = { '0.h': new Float32Array(H), '0.c': new Float32Array(H) }
  const runner = new RowRunner(session, createNetwork(makeProgram(ROWS)), initial)
  const answer = async () => {
    await Promise.all(rows.map((inputs) => runner.run({ steps: T, inputs })))
  }
  const alone = () => runner.run({ steps: T, inputs: rows[0]! })
  const further = () => runner.run({ steps: 1, inputs: rows[0]!.subarray(0, X) })
  for (const warm of [alone, further, step]) await timed(warm, 3)
  await training.forward(batch, { from: 'initial', advance: T })

  let [answered, trained] = [Infinity, Infinity]
  let torch: ReturnType<typeof runTorch> | undefined
  for (let round = 0; round < rounds; round++) {
    answered = Math.min(answered, ...(await timed(answer, 1)))
    trained = Math.min(trained, ...(await timed(forward, 1)))
    const peer = python === '' ? undefined : runTorch(python, { T, B, X, H, K, batches, rounds: 1, threads })
    if (peer !== undefined && !(peer.seconds > (torch?.seconds ?? Infinity))) torch = peer
  }
  const stepped = median(await timed(step, 20)) * batches
  const perSecond = (ms: number) => rounded((sequences / ms) * 1_000, 1)
  const row = (what: string, ms: number) => ({
    what,
    sequences_per_second: perSecond(ms),
    ratio: rounded(trained / ms, 3),
  })
  const result = {
    versions: { ...engine.versions, ...(torch && { torch: torch.version }) },
    shape: { T, X, H, K },
    rows: [
      row('answers, all sequences asked at once', answered),
      row('the forward pass of training', trained),
      row('a whole step of training', stepped),
      ...(torch === undefined ? [] : [row('nn.LSTM of PyTorch, forward', torch.seconds * 1_000)]),
    ],
    alone_ms: {
      sequence: rounded(median(await timed(alone, 20)), 3),
      step: rounded(median(await timed(further, 50)), 3),
    },
  }
  report<Omit<PredictResult, 'date' | 'machine' | 'versions'>>(fileByVectors('predict', out), result, predictTable)
})

/** @throws {Error} where it cannot run */
function runTorch(python: string, given: Readonly<Record<string, number>>): { version: string; seconds: number } {
  const options = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)])
  const { stdout, stderr, status, error } = spawnSync(python, [TORCH, ...options], { encoding: 'utf8' })
  if (error !== undefined) throw new Error(`Cannot run ${python}`, { cause: error })
  if (status !== 0) throw new Error(`Cannot time PyTorch with ${python}: ${stderr.trimEnd().split('\n').at(-1) ?? ''}`)
  return JSON.parse(stdout) as { version: string; seconds: number }
}
