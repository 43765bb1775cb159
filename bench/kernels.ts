import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '@unroll/libtensorflow'
import { bench, choices, count, text } from './command.ts'
import { converse, type Conversation } from './conversation.ts'
import { productsOfGrid, type Product } from './kernel_shapes.ts'
import { fileByVectors, outOptionByVectors, report } from './results.ts'
import { kernelsTable, targetsTable, type KernelRow, type KernelsResult, type Target } from './tables/kernels.ts'
import { rounded } from './timing.ts'

const LIBRARIES = fileURLToPath(new URL('../libraries.py', import.meta.url)) // this module runs in bench/dist
const TARGETS = process.arch === 'x64' ? (['x86-64-v3', 'x86-64-v4', 'native'] as const) : (['native'] as const)
const PEAK_S = 0.02 // beside each product

const COMMAND = {
  name: 'kernels',
  question:
    "How fast are our matrix products on one thread, beside the libraries of the peers and the processor's own peak? For each target that runs here.",
  options: {
    python: text('FILE', 'the Python that has the peers installed', 'python3'),
    targets: choices(TARGETS, TARGETS, 'what the kernels are compiled for'),
    ms: count(30, 'milliseconds on each product by each competitor, a round'),
    rounds: count(3, 'rounds, the best of which counts'),
    out: outOptionByVectors('kernels'),
  },
} as const

await bench(COMMAND, async ({ python, targets, ms, rounds, out }) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-kernels-'))
  const libraries = converse(python, [LIBRARIES])
  const running: Running[] = []
  try {
    const skipped: Record<string, string> = {}
    for (const target of targets) {
      const program = join(folder, target)
      await compileProgram('speed.cc', target, program)
      const conversation = converse(program, [])
      const started = await start(target, conversation).catch((error: Error) => error)
      if (started instanceof Error) skipped[target] = 'this processor cannot run it'
      else running.push(started)
    }
    if (running.length === 0) throw new Error(`Cannot measure as no target runs here: ${targets.join()}`)
    const versions = JSON.parse(await libraries.ask('')) as Record<string, string>
    const rows = productsOfGrid().map((product): Row => ({ ...product, ours: {}, libraries: {} }))
    for (let round = 0; round < rounds; round++) {
      for (const row of rows) await measure(row, { running, libraries, seconds: ms / 1e3 })
      process.stderr.write(`Round ${round + 1} of ${rounds}: ${rows.length} products\n`)
    }
    const reached = running.map(({ target, lanes, peak }) => ({ target, lanes, peak: rounded(peak, 2) }))
    report<Figures>(fileByVectors('kernels', out), { versions, rounds, targets: reached, skipped, rows }, tables)
  } finally {
    for (const { conversation } of running) conversation.end()
    libraries.end()
    rmSync(folder, { recursive: true })
  }
})

type Figures = Omit<KernelsResult, 'date' | 'machine' | 'versions'>
type Row = KernelRow & { readonly ours: Record<string, number>; readonly libraries: Record<string, number> }

interface Running extends Target {
  readonly conversation: Conversation
  peak: number
}

function tables(result: KernelsResult): string {
  return [targetsTable(result), kernelsTable(result)].join('\n\n')
}

async function start(target: string, conversation: Conversation): Promise<Running> {
  const lanes = Number(await conversation.ask('lanes'))
  const peak = Number(await conversation.ask(`peak ${PEAK_S}`)) // ends the program where the processor cannot
  return { target, conversation, lanes, peak }
}

/** One round of a product: competitor after competitor, so that what disturbs one disturbs all; the best so far is kept. */
async function measure(
  row: Row,
  competitors: { readonly running: readonly Running[]; readonly libraries: Conversation; readonly seconds: number },
): Promise<void> {
  const { running, libraries, seconds } = competitors
  const { rows, inner, columns, packs }: Product = row
  for (const own of running) {
    own.peak = Math.max(own.peak, Number(await own.conversation.ask(`peak ${PEAK_S}`)))
    const asked = `product ${rows} ${inner} ${columns} ${packs ? 1 : 0} ${seconds}`
    keepBest(row.ours, own.target, Number(await own.conversation.ask(asked)))
  }
  const rates = JSON.parse(await libraries.ask(`${rows} ${inner} ${columns} ${seconds}`)) as Record<string, number>
  for (const [library, rate] of Object.entries(rates)) keepBest(row.libraries, library, rate)
}

function keepBest(best: Record<string, number>, name: string, rate: number): void {
  best[name] = Math.max(best[name] ?? 0, rounded(rate, 2))
}
