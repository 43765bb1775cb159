import { createNetwork, parameterShapes, type Program } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { batchOf, fullWindow, OPTIMIZER, makeProgram, type CellChoice } from './char_model.ts'
import { bench, choice, choices, count } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { outOption, report } from './results.ts'
import { cellsTable, type CellsResult } from './tables/cells.ts'
import { median, rounded, timed } from './timing.ts'

const WARM_UP = 3
type Row = readonly [cell: CellChoice, options?: Partial<Program>]
/** The first is what the others are set beside. */
const ROWS: Readonly<Record<string, Row>> = {
  lstm: [{ cell: 'lstm' }],
  'lstm_peephole, full': [{ cell: 'lstm_peephole', peephole: 'full' }],
  'lstm_peephole, diagonal': [{ cell: 'lstm_peephole', peephole: 'diagonal' }],
  slstm: [{ cell: 'slstm' }],
  'gru, before': [{ cell: 'gru', reset: 'before' }],
  'gru, after': [{ cell: 'gru', reset: 'after' }],
  gru_simple: [{ cell: 'gru_simple' }],
  min_gru: [{ cell: 'min_gru' }],
  min_lstm: [{ cell: 'min_lstm' }],
  'rnn, tanh': [{ cell: 'rnn', activation: 'tanh' }],
  'rnn, relu': [{ cell: 'rnn', activation: 'relu' }],
  'rnn, sigmoid': [{ cell: 'rnn', activation: 'sigmoid' }],
  'rnn, identity': [{ cell: 'rnn', activation: 'identity' }],
  indrnn: [{ cell: 'indrnn' }],
  'lstm, recurrent dropout': [{ cell: 'lstm', recurrent_dropout: 0.2 }],
  'lstm, projection': [{ cell: 'lstm', projection_size: 64 }],
  'lstm, zoneout': [{ cell: 'lstm', zoneout: { hidden: 0.05, cell: 0.5 } }],
  'gru, recurrent dropout': [{ cell: 'gru', reset: 'before', recurrent_dropout: 0.2 }],
  'lstm, layer norm': [{ cell: 'lstm', layer_norm: true }],
  'gru, layer norm': [{ cell: 'gru', reset: 'before', layer_norm: true }],
  'lstm, 4 micro-batches': [{ cell: 'lstm' }, { microBatches: 4 }],
  'lstm, average of weights': [{ cell: 'lstm' }, { optimizer: { ...OPTIMIZER, weight_average: 0.999 } }],
  'lstm, 2 layers': [{ cell: 'lstm', layers: 2 }],
  'lstm, 128 and 64 units': [{ cell: 'lstm', hidden_sizes: [128, 64] }],
  'lstm, 2 layers, residual': [{ cell: 'lstm', layers: 2, residual: true }],
  'lstm, bidirectional': [{ cell: 'lstm', bidirectional: true }],
  'gru, bidirectional': [{ cell: 'gru', reset: 'before', bidirectional: true }],
}

const COMMAND = {
  name: 'cells',
  question: 'How long does a training step of each cell, and of stacks of layers, take, on each engine, at one size?',
  options: {
    size: choice(SIZE_NAMES, 'small', 'of the grid'),
    engines: choices(['tensorflow', 'wasm'], ['tensorflow', 'wasm'], 'what computes'),
    steps: count(20, 'steps to time on TensorFlow, a fifth of them on WebAssembly'),
    out: outOption('cells'),
  },
} as const

await bench(COMMAND, async ({ size, engines, steps, out }) => {
  const ms: Record<string, Record<string, number>> = {}
  const versions: Record<string, string> = {}
  for (const name of engines) {
    const { engine } = await selectEngine(name)
    Object.assign(versions, engine.versions)
    for (const [cell, row] of Object.entries(ROWS)) {
      const session = await engine.open(makeProgram(GRID[size], ...row))
      const batch = batchOf(GRID[size])
      const options = { learningRate: 1e-3, metrics: false, flow: false }
      const step = (): Promise<unknown> => session.step(batch, fullWindow(GRID[size]), options)
      await timed(step, WARM_UP)
      const times = await timed(step, name === 'tensorflow' ? steps : Math.ceil(steps / 5))
      session.dispose()
      ms[cell] = { ...ms[cell], [name]: rounded(median(times), 3) }
    }
  }
  const [first = {}] = Object.values(ms)
  const rows = Object.entries(ROWS).map(([cell, row]) => {
    const own = ms[cell] ?? {}
    const ratio = Object.entries(own).map(([name, value]) => [name, rounded(value / (first[name] ?? NaN), 3)])
    const parameters = countOf(parameterShapes(createNetwork(makeProgram(GRID[size], ...row))))
    return { cell, parameters, ms: own, ratio: Object.fromEntries(ratio) as Record<string, number> }
  })
  report<Pick<CellsResult, 'rows'>>(out, { versions, rows }, cellsTable)
})

function countOf(shapes: Readonly<Record<string, readonly number[]>>): number {
  return Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
}
