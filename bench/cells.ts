import { createNetwork, parameterShapes, type Batch, type Engine, type Program, type Session } from '@unroll/bptt'
import { CELLS, type CellName } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { batchOf, fullWindow, makeProgram, type CellChoice, type Sizes } from './char_model.ts'
import { bench, choice, choices, count } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { chooseModel, listOptions } from './model_options.ts'
import { outOption, report } from './results.ts'
import { cellsTable, type CellsResult } from './tables/cells.ts'
import { median, rounded, timed } from './timing.ts'

const WARM_UP = 3
/** The first is what the others are set beside. */
const ROWS: Readonly<Record<string, CellChoice>> = {
  lstm: { cell: 'lstm' },
  'lstm_peephole, full': { cell: 'lstm_peephole', peephole: 'full' },
  'lstm_peephole, diagonal': { cell: 'lstm_peephole', peephole: 'diagonal' },
  slstm: { cell: 'slstm' },
  'gru, before': { cell: 'gru', reset: 'before' },
  'gru, after': { cell: 'gru', reset: 'after' },
  gru_simple: { cell: 'gru_simple' },
  min_gru: { cell: 'min_gru' },
  min_lstm: { cell: 'min_lstm' },
  lru: { cell: 'lru', activation: 'identity' },
  'rnn, tanh': { cell: 'rnn', activation: 'tanh' },
  'rnn, relu': { cell: 'rnn', activation: 'relu' },
  'rnn, sigmoid': { cell: 'rnn', activation: 'sigmoid' },
  'rnn, identity': { cell: 'rnn', activation: 'identity' },
  indrnn: { cell: 'indrnn' },
}

const COMMAND = {
  name: 'cells',
  question:
    'How long does a training step of each cell take, and how much longer with each option of the model, on each engine, at one size? What is compared takes its steps in turn, one each.',
  options: {
    size: choice(SIZE_NAMES, 'small', 'of the grid'),
    engines: choices(['tensorflow', 'wasm'], ['tensorflow', 'wasm'], 'what computes'),
    steps: count(20, 'steps of each to time on TensorFlow, a fifth of them on WebAssembly'),
    out: outOption('cells'),
  },
} as const

/** A step that is timed. */
interface Timed {
  readonly program: Program
  readonly batch: Batch
}

/** Times of the steps by their name, milliseconds. */
type Times = Readonly<Record<string, readonly number[]>>

await bench(COMMAND, async ({ size, engines, steps, out }) => {
  const sizes = GRID[size]
  const programs = Object.fromEntries(Object.entries(ROWS).map(([cell, row]) => [cell, makeProgram(sizes, row)]))
  const ms: Record<string, Record<string, number>> = {}
  const ratio: Record<string, Record<string, number>> = {}
  const options: CellsResult['options'][number][] = []
  const versions: Record<string, string> = {}
  const timeInTurn = async (name: string, engine: Engine, group: Readonly<Record<string, Timed>>): Promise<Times> => {
    const rounds = name === 'tensorflow' ? steps : Math.ceil(steps / 5)
    return await timeSteps(engine, group, sizes, rounds)
  }
  for (const name of engines) {
    const { engine } = await selectEngine(name)
    Object.assign(versions, engine.versions)
    const batch = batchOf(sizes)
    const plain = Object.fromEntries(Object.entries(programs).map(([cell, program]) => [cell, { program, batch }]))
    const cells = await timeInTurn(name, engine, plain)
    for (const cell of Object.keys(programs)) {
      ms[cell] = { ...ms[cell], [name]: rounded(median(cells[cell]!), 3) }
      ratio[cell] = { ...ratio[cell], [name]: compareTimes(cells, cell, 'lstm') }
    }
    for (const cell of Object.keys(CELLS) as CellName[]) {
      const { group, compared } = planOptions(cell, sizes)
      const times = await timeInTurn(name, engine, group)
      for (const [option, beside] of compared)
        options.push({ cell, option, engine: name, ratio: compareTimes(times, option, beside) })
    }
  }
  const order = Object.keys(listOptions(sizes))
  const sorted = options.toSorted((a, b) => order.indexOf(a.option) - order.indexOf(b.option))
  const rows = Object.entries(programs).map(([cell, program]) => {
    const parameters = countOf(parameterShapes(createNetwork(program)))
    return { cell, parameters, ms: ms[cell] ?? {}, ratio: ratio[cell] ?? {} }
  })
  report<Pick<CellsResult, 'rows' | 'options'>>(out, { versions, rows, options: sorted }, cellsTable)
})

/** The steps of a cell with each option that it has, by name, and the name of what each is set beside. */
function planOptions(
  cell: CellName,
  sizes: Sizes,
): {
  readonly group: Readonly<Record<string, Timed>>
  readonly compared: readonly (readonly [option: string, beside: string])[]
} {
  const batch = batchOf(sizes)
  const group: Record<string, Timed> = {}
  const compared: [string, string][] = []
  for (const [option, { model, beside, program: fields, batch: change }] of Object.entries(listOptions(sizes))) {
    const [chosen, plain] = [chooseModel(cell, sizes, model), chooseModel(cell, sizes, beside)]
    if (chosen === undefined || plain === undefined) continue
    const without = beside === undefined ? 'without options' : `without options, ${JSON.stringify(beside)}`
    group[without] ??= { program: makeProgram(sizes, plain), batch }
    const program = makeProgram(sizes, chosen, fields)
    group[option] = { program, batch: change?.(batch, program) ?? batch }
    compared.push([option, without])
  }
  return { group, compared }
}

/** Steps, one of each in every round, so that whatever else the machine does falls on all of them alike. */
async function timeSteps(
  engine: Engine,
  group: Readonly<Record<string, Timed>>,
  sizes: Sizes,
  rounds: number,
): Promise<Times> {
  const options = { learningRate: 1e-3, metrics: false, flow: false }
  const sessions: Record<string, Session> = {}
  const times: Record<string, number[]> = {}
  for (const [name, { program }] of Object.entries(group)) {
    sessions[name] = await engine.open(program)
    times[name] = []
  }
  for (let round = -WARM_UP; round < rounds; round++)
    for (const [name, session] of Object.entries(sessions)) {
      const [ms = NaN] = await timed(() => session.step(group[name]!.batch, fullWindow(sizes), options), 1)
      if (round >= 0) times[name]!.push(ms)
    }
  for (const session of Object.values(sessions)) session.dispose()
  return times
}

/** Median over the rounds of the time of one divided by that of another. */
function compareTimes(times: Times, name: string, beside: string): number {
  return rounded(median(times[name]!.map((ms, round) => ms / times[beside]![round]!)), 3)
}

function countOf(shapes: Readonly<Record<string, readonly number[]>>): number {
  return Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
}
