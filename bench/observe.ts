import { observedPairs } from './child.ts'
import { bench, choice, choices, count } from './command.ts'
import { SIZE_NAMES } from './grid.ts'
import { outOption, report } from './results.ts'
import { OBSERVED, OCCASIONAL, observeTable, type ObserveResult } from './tables/observe.ts'
import { divideTimes, median, rounded } from './timing.ts'

const COMMAND = {
  name: 'observe',
  question:
    'What does it cost to observe a training step? Pairs of stretches of steps, one that observes and one that does not, in several processes: within one, a kind may be a hundredth or two faster or slower than the other from start to end, by where its tensors lie in memory.',
  options: {
    sizes: choices(SIZE_NAMES, SIZE_NAMES, 'of the grid'),
    kinds: choices(OBSERVED, OBSERVED, 'what is observed'),
    cell: choice(['rnn', 'gru', 'lstm'], 'lstm', 'cell of every layer'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    processes: count(24, 'processes, one after the other, at each size'),
    pairs: count(8, 'pairs of each kind in each process'),
    occasional: count(
      2,
      `of the processes that measure ${OCCASIONAL.join(', ')} too, which cost so much that a hundredth says little`,
    ),
    stretch_ms: count(100, 'least time that a stretch takes, a step at least'),
    out: outOption('observe'),
  },
} as const

type Row = ObserveResult['rows'][number]

await bench(COMMAND, async ({ sizes, kinds, processes, occasional, out, ...given }) => {
  const everywhere = kinds.filter((kind) => !OCCASIONAL.includes(kind))
  const kindsOf = (index: number) => (index < occasional ? kinds : everywhere)
  const versions: Record<string, string> = {}
  const rows = sizes.map((size): Row => {
    const lines = Array.from({ length: processes }, (_, index) => kindsOf(index))
      .filter((measured) => measured.length > 0)
      .map((measured) => observedPairs({ ...given, size, kinds: measured.join() }))
    for (const line of lines) Object.assign(versions, line.versions)
    const ofKinds = kinds.map((kind) => [kind, lines.flatMap(({ times }) => times[kind] ?? [])] as const)
    const unobserved = ofKinds.flatMap(([, times]) => times.map(([, nothing]) => nothing))
    return {
      size,
      processes,
      pairs: processes * given.pairs,
      steps: median(lines.map(({ steps }) => steps)),
      nothing_ms: rounded(median(unobserved), 3),
      ratios: Object.fromEntries(ofKinds.map(([kind, times]) => [kind, divideTimes(times)])),
    }
  })
  report<Pick<ObserveResult, 'rows'>>(out, { versions, rows }, observeTable)
  await Promise.resolve()
})
