import { selectEngine } from '@unroll/engines'
import { batchOf, fullWindow, makeProgram } from './char_model.ts'
import { bench, count } from './command.ts'
import { outOption, report } from './results.ts'
import { blocksTable, type BlocksResult } from './tables/blocks.ts'
import { quantile, rounded, timed } from './timing.ts'

const WARM_UP = 3
/** Steps of blocks that hold any sequence: one step after the other. */
const ONE_BLOCK = 100_000

const COMMAND = {
  name: 'blocks',
  question:
    'How much faster is a training step of a linear cell on one long sequence in blocks side by side than one step after the other? In one process, each in turn; both report the flow of every time step.',
  options: {
    T: count(10_000, 'time steps'),
    H: count(64, 'hidden units'),
    pairs: count(15, 'pairs of steps of each cell'),
    out: outOption('blocks'),
  },
} as const

type Row = BlocksResult['rows'][number]

await bench(COMMAND, async ({ T, H, pairs, out }) => {
  const { engine } = await selectEngine('tensorflow')
  const sizes = { T, B: 1, E: 16, H, V: 8, L: 1 }
  const rows: Row[] = []
  for (const cell of ['min_gru', 'min_lstm'] as const) {
    const open = (more: object) => engine.open(makeProgram(sizes, { cell }, more))
    const sessions = [await open({}), await open({ blockSteps: ONE_BLOCK })] as const
    const [batch, options] = [batchOf(sizes), { learningRate: 1e-3, metrics: false, flow: true }]
    const [blocks, steps] = sessions.map((session) => () => session.step(batch, fullWindow(sizes), options))
    const times = { blocks: [] as number[], steps: [] as number[] }
    for (const step of [blocks!, steps!]) await timed(step, WARM_UP)
    for (let pair = 0; pair < pairs; pair++) {
      times.blocks.push(...(await timed(blocks!, 1)))
      times.steps.push(...(await timed(steps!, 1)))
    }
    for (const session of sessions) session.dispose()
    const ratios = times.steps.map((ms, pair) => ms / times.blocks[pair]!)
    const at = (share: number) => rounded(quantile(ratios, share), 3)
    rows.push({
      cell,
      blocks_ms: rounded(Math.min(...times.blocks), 2),
      steps_ms: rounded(Math.min(...times.steps), 2),
      ratio: { lower: at(0.25), median: at(0.5), upper: at(0.75) },
    })
  }
  report<Pick<BlocksResult, 'rows' | 'T' | 'H' | 'pairs'>>(
    out,
    { versions: engine.versions, T, H, pairs, rows },
    blocksTable,
  )
})
