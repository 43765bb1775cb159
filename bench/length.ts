import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bench, choice, count } from './command.ts'
import { outOption, report } from './results.ts'
import { lengthTable, type LengthResult } from './tables/length.ts'

const LENGTHS = [100, 300, 1000, 3000, 10_000]
const STEP = fileURLToPath(new URL('step.js', import.meta.url))

const COMMAND = {
  name: 'length',
  question: `How do start, step and memory grow with the length of a sequence? An lstm of H = 64 and N = 16 over T = ${LENGTHS.join(', ')}, each in a process of its own.`,
  options: {
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    steps: count(10, 'steps to time at each length'),
    out: outOption('length'),
  },
} as const

type Row = LengthResult['rows'][number]

await bench(COMMAND, async ({ engine, steps, out }) => {
  const lines = LENGTHS.map((T) => stepLine({ T, B: 16, E: 32, H: 64, steps, engine }))
  const versions = Object.fromEntries(lines.map(({ impl, version }) => [impl.split(' ')[0] ?? impl, version]))
  const rows = lines.map(({ T, start_ms, median_ms, peak_mib }): Row => ({ T, start_ms, median_ms, peak_mib }))
  report<Pick<LengthResult, 'rows'>>(out, { versions, rows }, lengthTable)
  await Promise.resolve()
})

/** What `step.ts` prints of a case. */
function stepLine(
  given: Readonly<Record<string, string | number>>,
): Row & Readonly<Record<'impl' | 'version', string>> {
  const options = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)])
  const output = execFileSync(process.execPath, [STEP, ...options], { encoding: 'utf8' })
  return JSON.parse(output) as ReturnType<typeof stepLine>
}
