import { timedStep } from './child.ts'
import { bench, choice, count } from './command.ts'
import { outOption, report } from './results.ts'
import { lengthTable, type LengthResult } from './tables/length.ts'

const LENGTHS = [100, 300, 1000, 3000, 10_000, 30_000, 100_000]
/** Beyond this length nothing is measured that keeps everything: it would take gigabytes. */
const LONGEST_KEPT = 10_000
/** The shortest segments: each of one chunk. */
const SHORTEST = 1

const COMMAND = {
  name: 'length',
  question: `How do start, step and memory grow with the length of a sequence? An lstm of H = 64 and N = 16 over T = ${LENGTHS.join(', ')}, with everything kept and with the shortest segments gone through again, each in a process of its own.`,
  options: {
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    steps: count(10, 'steps to time at each length'),
    out: outOption('length'),
  },
} as const

type Row = LengthResult['rows'][number]

await bench(COMMAND, async ({ engine, steps, out }) => {
  const versions: Record<string, string> = {}
  const rows = LENGTHS.flatMap((T) => {
    const sizes = { T, B: 16, E: 32, H: 64, steps, engine }
    const ways = [...(T <= LONGEST_KEPT ? [sizes] : []), { ...sizes, segment: SHORTEST }]
    return ways.map((given): Row => {
      const { impl, version, start_ms, median_ms, peak_mib, beyond_idle_mib } = timedStep(given)
      versions[impl.split(' ')[0] ?? impl] = version
      return { T, recompute: 'segment' in given, start_ms, median_ms, peak_mib, beyond_idle_mib }
    })
  })
  report<Pick<LengthResult, 'rows'>>(out, { versions, rows }, lengthTable)
  await Promise.resolve()
})
