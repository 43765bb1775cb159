import { listOperations, savedModel, type Signature } from '@unroll/engines'
import { choiceOf, makeProgram } from './char_model.ts'
import { timedStep } from './child.ts'
import { bench, choices, count } from './command.ts'
import { outOption, report } from './results.ts'
import { gpuGraphTable, type GpuGraphResult } from './tables/gpu_graph.ts'
import { rounded } from './timing.ts'

const LENGTHS = [100, 1000, 5000]
const SIZES = { B: 4, E: 32, H: 64, V: 96, L: 1 }

const COMMAND = {
  name: 'gpu-graph',
  question: `How large is the graph that a GPU gets, and how long does a run take to start? N = ${SIZES.B} and H = ${SIZES.H} over T = ${LENGTHS.join(', ')}, computed by the CPU where there is no GPU, each in a process of its own.`,
  options: {
    cells: choices(['lstm', 'gru', 'rnn'], ['lstm', 'gru', 'rnn'], 'cell of every layer'),
    steps: count(5, 'steps to time at each length'),
    out: outOption('gpu_graph'),
  },
} as const

type Row = GpuGraphResult['rows'][number]

await bench(COMMAND, async ({ cells, steps, out }) => {
  let tensorflow = ''
  const rows = cells.flatMap((cell) =>
    LENGTHS.map((T): Row => {
      const { version, start_ms, median_ms } = timedStep({ ...SIZES, cell, T, steps, graph: 'gpu' })
      tensorflow = version
      return { cell, T, ...sizeOf(cell, T), start_ms, median_ms }
    }),
  )
  report<Pick<GpuGraphResult, 'rows'>>(out, { versions: { tensorflow }, rows }, gpuGraphTable)
  await Promise.resolve()
})

/** Of the graph of a step without metrics or flow, and how long it takes to write it. */
function sizeOf(cell: Row['cell'], T: number): Pick<Row, 'operations' | 'kib' | 'write_ms'> {
  const program = makeProgram({ ...SIZES, T }, choiceOf({ cell }))
  const window = { steps: T, lossSteps: T, advance: T, from: 'initial', masked: false } as const
  const step: Signature = { kind: 'step', ...window, flow: false }
  const since = performance.now()
  const operations = listOperations(program, [step], { target: 'gpu' })
  const bytes = savedModel(operations).length
  return {
    operations: operations.length,
    kib: Math.round(bytes / 2 ** 10),
    write_ms: rounded(performance.now() - since, 1),
  }
}
