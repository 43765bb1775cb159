import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describeGpus, forbidTf32, loadLibraryFor } from '@unroll/libtensorflow'
import type { Case } from './char_model.ts'
import { timedStep, type StepLine } from './child.ts'
import { bench, choice, choices, count, text } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { outOption, report } from './results.ts'
import { gpuTable, type GpuPoint, type GpuResult } from './tables/gpu.ts'
import { rounded } from './timing.ts'

const TORCH = fileURLToPath(new URL('../torch_gpu.py', import.meta.url)) // this module runs in bench/dist
/** The peers' gru resets after the product, ours before it: as much to compute, other numbers. */
const OTHER_EQUATIONS: readonly Case['cell'][] = ['gru']
/** Between the losses of the first step, relative: of float32, and of products of TF32. */
const TOLERANCE = { off: 1e-4, on: 1e-2 } as const

const COMMAND = {
  name: 'gpu',
  question:
    "How long does a training step take on a GPU, beside PyTorch with cuDNN's layers? On the sizes of the peers' grid, each in a process of its own, in turn. Fetches libtensorflow if it is missing.",
  options: {
    device: choice(['gpu', 'cpu'], 'gpu', 'what computes; the CPU computes the same graph, to try the command'),
    peers: text('DIR', "the peers' scripts, whose text and weights PyTorch takes; we run alone unless given", ''),
    python: text('FILE', 'the Python that has PyTorch', 'python3'),
    cases: choices(SIZE_NAMES, SIZE_NAMES, 'of the grid'),
    cells: choices(['lstm', 'gru', 'rnn'], ['lstm', 'gru', 'rnn'], 'cell of every layer'),
    variants: choices(['plain', 'flow'], ['plain', 'flow'], 'flow: also the norm of the gradient at every time step'),
    tf32: choice(['off', 'on'], 'off', 'whether products may round their operands to TF32'),
    steps: count(40, 'steps to time in each round'),
    rounds: count(3, 'rounds, the calmest of which counts'),
    out: outOption('gpu'),
  },
} as const

await bench(COMMAND, async ({ device, peers, python, cases, cells, variants, tf32, steps, rounds, out }) => {
  if (tf32 === 'off') forbidTf32()
  const { TF_Version: tensorflow } = await loadLibraryFor(device, (doing) => process.stderr.write(`${doing}\n`))
  const versions: Record<string, string> = { tensorflow }
  const all = cases.flatMap((name) =>
    cells.flatMap((cell) => variants.map((variant) => ({ case: name, cell, variant }))),
  )
  const points = all.map((what) => {
    const { cell, variant } = what
    const given = { ...GRID[what.case], cell, variant, steps }
    const ours = calmest(rounds, () => timedStep({ ...given, graph: 'gpu' }))
    const torch = peers === '' ? undefined : calmest(rounds, () => torchStep(python, { ...given, device, tf32, peers }))
    if (torch !== undefined) versions['torch'] = torch.version
    const point = pointOf(what, ours, torch)
    if (!OTHER_EQUATIONS.includes(cell)) requireSameLoss(point, TOLERANCE[tf32])
    return point
  })
  const gpus = device === 'gpu' ? await describeGpus() : []
  report<Omit<GpuResult, 'date' | 'machine' | 'versions'>>(
    out,
    { versions, device, gpus, tf32: tf32 === 'on', steps, rounds, points },
    gpuTable,
  )
})

type Timed = Pick<StepLine, 'impl' | 'version' | 'median_ms' | 'loss_first'>

/** The fastest of several rounds: disturbance only ever adds. */
function calmest(rounds: number, run: () => Timed): Timed {
  return Array.from({ length: rounds }, run).reduce((a, b) => (b.median_ms < a.median_ms ? b : a))
}

function pointOf(what: Pick<GpuPoint, 'case' | 'cell' | 'variant'>, ours: Timed, torch: Timed | undefined): GpuPoint {
  const ms = { unroll: ours.median_ms, ...(torch && { torch: torch.median_ms }) }
  const loss = { unroll: ours.loss_first, ...(torch && { torch: torch.loss_first }) }
  return {
    ...what,
    ms,
    loss,
    ...(torch && { way: torch.impl, ratio: rounded(torch.median_ms / ours.median_ms, 3) }),
  }
}

function requireSameLoss({ case: name, cell, variant, loss }: GpuPoint, tolerance: number): void {
  const { unroll, torch = unroll } = loss
  if (!(Math.abs(unroll - torch) <= tolerance * torch)) {
    throw new Error(`Cannot compare ${name} ${cell} ${variant} as its first loss is another: ${unroll}, not ${torch}`)
  }
}

/** The line that torch_gpu.py prints. Errors: Error when it cannot run. */
function torchStep(python: string, given: Readonly<Record<string, string | number>>): Timed {
  const options = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)])
  const { stdout, stderr, status, error } = spawnSync(python, [TORCH, ...options], { encoding: 'utf8' })
  if (error !== undefined) throw new Error(`Cannot run ${python}`, { cause: error })
  if (status !== 0) {
    throw new Error(`Cannot time PyTorch with ${python}: ${stderr.trimEnd().split('\n').at(-1) ?? ''}`)
  }
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Timed
}
