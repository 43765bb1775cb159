import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { LONGEST_INPUT } from './mutate.ts'
import { DESK_WORDS, type Commission, type Tally } from './tally.ts'

/** An input that takes longer is taken to never end. */
const HUNG_MS = 60_000
const LOOK_MS = 1_000
/** As the threads of the API that read uploads have. */
const HEAP_MB = 512
/** Inputs that are kept, of each target a file with one a line in base64. */
export const CORPUS: string = join(import.meta.dirname, '../../../attack/corpus')

/**
 * Tries a parser with mutations of its corpus, led by coverage. The inputs are a function of corpus, seed and code.
 *
 * @param inputs how many
 */
export async function fuzz(target: string, { inputs, seed }: Pick<Commission, 'inputs' | 'seed'>): Promise<Tally> {
  const desk = new SharedArrayBuffer(DESK_WORDS * Int32Array.BYTES_PER_ELEMENT + LONGEST_INPUT)
  const commission: Commission = { target, inputs, seed, kept: readCorpus(target), desk }
  const thread = new Worker(new URL('./fuzz_thread.js', import.meta.url), {
    workerData: commission,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  return await new Promise((resolve, reject) => {
    const watch = setInterval(() => tellHang(), LOOK_MS)
    const end = (settle: () => void) => {
      clearInterval(watch)
      void thread.terminate()
      settle()
    }
    const words = new Int32Array(desk, 0, DESK_WORDS)
    let last = { count: 0, at: performance.now() }
    const tellHang = () => {
      const count = Atomics.load(words, 0)
      if (count !== last.count) last = { count, at: performance.now() }
      else if (count > 0 && performance.now() - last.at > HUNG_MS) {
        end(() => reject(new Error(`${target}: input ${count} does not end: ${showInput(target, desk)}`)))
      }
    }
    thread.once('message', (tally: Tally) => end(() => resolve(tally)))
    thread.once('error', (error) =>
      end(() => reject(new Error(`${target}: ${error.message}: ${showInput(target, desk)}`))),
    )
    thread.once('exit', (code) => end(() => reject(new Error(`${target}: the thread ended with ${code}`))))
  })
}

/** Inputs that were kept of a target. */
export function readCorpus(target: string): Uint8Array[] {
  const file = join(CORPUS, `${target}.txt`)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => Buffer.from(line, 'base64'))
}

/** Writes the input that stands on a desk to a temporary file: most are too long for a line. */
function showInput(target: string, desk: SharedArrayBuffer): string {
  const [, length = 0] = new Int32Array(desk, 0, DESK_WORDS)
  const file = join(tmpdir(), `unroll-fuzz-${target}`)
  writeFileSync(file, Buffer.from(desk, DESK_WORDS * Int32Array.BYTES_PER_ELEMENT, length))
  return file
}
