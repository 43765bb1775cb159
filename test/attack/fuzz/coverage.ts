// Which blocks of the code have run, by V8's own block coverage: nothing is instrumented.

import { Session, type Profiler } from 'node:inspector'

const COUNTED = /\/(?:packages\/[^/]+\/dist|node_modules)\//

/** Blocks of functions that ran since the last look. */
type Ran = readonly { place: string; ranges: readonly Profiler.CoverageRange[] }[]

/** The blocks that have run in this thread. Only functions that are loaded after its start are seen block by block. */
export class Coverage {
  readonly #session = new Session()
  /** By function: whether each of its characters has run. */
  readonly #functions = new Map<string, Uint8Array>()
  /** Combinations of blocks that have nothing new. */
  readonly #known = new Set<string>()
  /** Functions by file and place. */
  #characters = 0

  constructor() {
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Characters of code that have run. */
  get characters(): number {
    return this.#characters
  }

  /** What ran since the last call. */
  take(): Ran {
    const { result } = this.#post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType
    return result
      .filter(({ url }) => COUNTED.test(url))
      .flatMap(({ scriptId, functions }) =>
        functions
          .filter(
            ({ isBlockCoverage, ranges: [{ startOffset } = { startOffset: 0 }] }) => isBlockCoverage && startOffset > 0,
          ) // not the file itself
          .map(({ ranges }) => ({ place: `${scriptId}:${ranges[0]!.startOffset}`, ranges })),
      )
  }

  /** Whether something ran that never ran before. */
  isNew(ran: Ran): boolean {
    return ran.some(({ place, ranges }) => {
      const combination = `${place} ${ranges.map(({ startOffset, count }) => `${startOffset}${count > 0 ? '+' : '-'}`).join('')}`
      if (this.#known.has(combination)) return false
      const before = this.#functions.get(place)
      const isNew = listRun(ranges).some((hasRun, at) => hasRun > 0 && !before?.[at])
      if (!isNew) this.#known.add(combination)
      return isNew
    })
  }

  add(ran: Ran): void {
    for (const { place, ranges } of ran) {
      const run = listRun(ranges)
      const before = this.#functions.get(place) ?? new Uint8Array(run.length)
      for (const [at, hasRun] of run.entries()) {
        if (hasRun === 0 || before[at] === 1) continue
        before[at] = 1
        this.#characters += 1
      }
      this.#functions.set(place, before)
    }
  }

  stop(): void {
    this.#post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
  }

  /** The answer comes before `post` returns. */
  #post(method: string, parameters: object = {}): object {
    let answer: object = {}
    this.#session.post(method, parameters, (error, given) => {
      if (error !== null) throw new Error(`Cannot cover as V8 says: ${error.message}`)
      answer = given ?? {}
    })
    return answer
  }
}

/** Whether each character of a function has run: its ranges lie in each other, the inner behind the outer. */
function listRun(ranges: readonly Profiler.CoverageRange[]): Uint8Array {
  const [{ startOffset: start, endOffset: end }] = ranges as [Profiler.CoverageRange]
  const run = new Uint8Array(end - start)
  for (const { startOffset, endOffset, count } of ranges)
    run.fill(count > 0 ? 1 : 0, startOffset - start, endOffset - start)
  return run
}
