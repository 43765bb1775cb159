// `npm run check:gpu`: the graph that a GPU gets against golden numbers and the oracle, computed by the GPU of this machine.

import { AssertionError } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { tensorflowEngine } from '@unroll/engines'
import {
  describeGpus,
  forbidTf32,
  loadLibraryFor,
  NoGpuError,
  requireSameBits,
  type Binding,
  type Device,
} from '@unroll/libtensorflow'
import type { Comparison } from '../comparison.ts'
import { compareSuite, SUITES } from '../golden/suites.ts'
import { GPU_GRAPH, ON_GPU } from '../interpreters.ts'
import { CELL_NAMES } from '../networks.ts'
import { compareCell } from './matrix.ts'
import { CASES, compareGpus } from './several.ts'

const GOLDEN = fileURLToPath(new URL('../../../golden/', import.meta.url)) // from test/dist/conformance/gpu

const HELP = `Does the GPU of this machine compute what the oracle computes? Every operation must be done by the GPU, in float32 without TF32:
golden numbers, then every cell through full and truncated windows by every clipping policy, then several GPUs to the bits of one. Fetches libtensorflow if it is missing.

npm run check:gpu -- [options]

  --device gpu | cpu  what computes the graph; the CPU is allowed to do so instead of the GPU (gpu)
  --only TEXT         comparisons whose name holds the text, "lstm by" or "golden" (all)
  --out FILE          where the result goes, as JSON (none)

Exit code: 0 all agree, 1 a number is too far off or nothing was compared, 2 an option is wrong, 3 there is no GPU to compute on.
`

/** Devices of the CPU that stand in for GPUs where those are tried without any. */
const STAND_INS = 4

interface Row {
  readonly what: string
  readonly numbers: number
  readonly worst_error: number
  /** The first number that was too far off. */
  readonly failure?: string
}

process.exitCode = await main()

async function main(): Promise<number> {
  const given = options()
  if (typeof given === 'number') return given
  forbidTf32()
  requireSameBits()
  try {
    const binding = await loadLibraryFor(given.device, (doing) => process.stderr.write(`${doing}\n`))
    return await check(binding, given)
  } catch (error) {
    if (!(error instanceof NoGpuError)) throw error
    process.stderr.write(`${error.message}. With --device cpu the CPU computes the same graph\n`)
    return 3
  }
}

interface Given {
  readonly device: Device
  readonly only: string
  readonly out: string | undefined
}

/** What is asked for; else the exit code. */
function options(): Given | number {
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({ options: { device: text, only: text, out: text, help: { type: 'boolean' } } })
    const { device = 'gpu', only = '', out, help } = values
    if (help === true) {
      process.stdout.write(HELP)
      return 0
    }
    if (device === 'gpu' || device === 'cpu') return { device, only, out }
    throw new RangeError(`Cannot check as --device must be gpu or cpu: current value is "${device}"`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nSee: npm run check:gpu -- --help\n`)
    return 2
  }
}

async function check(binding: Binding, { device, only, out }: Given): Promise<number> {
  const strict = device === 'gpu'
  const engine = tensorflowEngine(binding, { shards: 1, target: 'gpu', strict })
  const subject = strict ? ON_GPU : GPU_GRAPH
  const gpus = strict ? await describeGpus() : []
  process.stdout.write(`libtensorflow ${binding.TF_Version} on ${strict ? gpus.join('; ') || 'a GPU' : 'the CPU'}\n`)
  const comparisons = [
    ...SUITES.map((suite) => ({ what: `golden ${suite.what}`, run: () => compareSuite(subject, suite, GOLDEN) })),
    ...CELL_NAMES.map((cell) => ({ what: `${cell} by every policy`, run: () => compareCell(engine, cell) })),
    ...severalGpus(binding, strict ? Math.min(gpus.length, visibleGpus()) : STAND_INS, strict),
  ].filter(({ what }) => what.includes(only))
  const rows: Row[] = []
  for (const { what, run } of comparisons) rows.push(await compared(what, run))
  const failed = rows.filter(({ failure }) => failure !== undefined)
  const numbers = rows.reduce((sum, row) => sum + row.numbers, 0)
  process.stdout.write(`${rows.length} comparisons of ${numbers} numbers, ${failed.length} failed\n`)
  if (out !== undefined) {
    const versions = { node: process.versions.node, tensorflow: binding.TF_Version }
    const result = { date: new Date().toISOString().slice(0, 10), device, gpus, versions, tf32: false, rows }
    writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`)
  }
  return failed.length === 0 && numbers > 0 ? 0 : 1
}

/** How many GPUs this process is left. */
function visibleGpus(): number {
  return process.env['CUDA_VISIBLE_DEVICES']?.split(',').length ?? Infinity
}

/** Of a machine with several GPUs; of the CPU as many devices as stand in for them. */
function severalGpus(binding: Binding, gpus: number, strict: boolean) {
  if (gpus < 2) return []
  const engineOf = () => tensorflowEngine(binding, { shards: 1, target: 'gpu', strict: true, standIn: !strict })
  return CASES.map((each) => ({ what: `several GPUs: ${each.what}`, run: () => compareGpus(engineOf, each, gpus) }))
}

async function compared(what: string, compare: () => Promise<Comparison>): Promise<Row> {
  try {
    const comparison = await compare()
    process.stdout.write(`  ✓ ${what}: ${comparison.summary()}\n`)
    return { what, numbers: comparison.numbers, worst_error: comparison.worst }
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    process.stdout.write(`  ✗ ${what}: ${error.message}\n`)
    return { what, numbers: 0, worst_error: NaN, failure: error.message }
  }
}
