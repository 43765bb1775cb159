import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { random } from '@unroll/random'
import type { Coverage } from './coverage.ts'
import { findFault } from './judge.ts'
import { mutate } from './mutate.ts'
import type { FuzzTarget } from './target.ts'
import type { Faulty, Tally } from './tally.ts'

/** Inputs of which coverage is taken together: to take it costs as much as dozens of inputs. */
const GROUP = 256
const SLOW_MS = 1_000
const MOST_FAULTS = 25
const RETRIES = 2

export interface FuzzOptions {
  /** Leads the choice of what is mutated. @default the corpus stays as it is */
  coverage?: Coverage
  /** Told of each input before it is tried. */
  onInput?: (input: Uint8Array) => void
}

/** One parser that is tried with mutations of its corpus. The inputs are a function of corpus, seed and code. */
export class Fuzzing {
  readonly #target: FuzzTarget
  readonly #corpus: Uint8Array[]
  readonly #coverage: Coverage | undefined
  readonly #onInput: (input: Uint8Array) => void
  readonly #faults = new Map<string, Faulty>()
  readonly tally: Tally = { inputs: 0, parsed: 0, refused: 0, found: [], covered: 0, slowest: 0, grown: 0, faults: [] }

  constructor(target: FuzzTarget, corpus: readonly Uint8Array[], { coverage, onInput = () => {} }: FuzzOptions = {}) {
    this.#target = target
    this.#corpus = [...corpus]
    this.#coverage = coverage
    this.#onInput = onInput
  }

  /** @param name of the stream of random numbers */
  async run(name: string, { inputs, seed }: { inputs: number; seed: number }): Promise<Tally> {
    const { tally } = this
    for (const input of this.#corpus) await this.#count(input)
    this.#coverage?.add(this.#coverage.take())
    let before: number | undefined
    for (let group = 0; tally.inputs < inputs && this.#faults.size < MOST_FAULTS; group++) {
      if (before === undefined && tally.inputs > inputs / 10) before = this.#measureMemory()
      const stream = random(seed, name, group)
      const size = Math.min(GROUP, inputs - tally.inputs)
      const made = Array.from({ length: size }, () => mutate(this.#corpus, stream, this.#target))
      for (const input of made) await this.#count(input)
      if (this.#coverage?.isNew(this.#coverage.take()) === true) await this.#search(this.#coverage, made)
    }
    tally.covered = this.#coverage?.characters ?? 0
    tally.grown = this.#measureMemory() - (before ?? this.#measureMemory())
    tally.faults = [...this.#faults.values()]
    return tally
  }

  /** Tries an input, and tells what came of it. */
  async #count(input: Uint8Array): Promise<void> {
    this.tally.inputs += 1
    const started = performance.now()
    const error = await this.#parse(input)
    if (error === undefined) this.tally.parsed += 1
    else this.tally.refused += 1
    const fault = error === undefined ? undefined : findFault(error.thrown)
    if (fault !== undefined) this.#tell(fault, input)
    const spent = performance.now() - started
    if (spent > this.tally.slowest) this.tally.slowest = await this.#measureTime(input, spent)
    if (this.tally.slowest > SLOW_MS) {
      this.#tell(`Takes ${this.tally.slowest.toFixed(0)} ms`, input)
      this.tally.slowest = 0
    }
  }

  async #parse(input: Uint8Array): Promise<{ thrown: unknown } | undefined> {
    this.#onInput(input)
    try {
      await this.#target.parse(input)
      return undefined
    } catch (thrown) {
      return { thrown }
    }
  }

  /** Processor time of an input that took longer than any before; other processes and compilation have no part in the least of some. */
  async #measureTime(input: Uint8Array, spent: number): Promise<number> {
    let least = spent
    for (let retry = 0; retry < RETRIES && least > this.tally.slowest; retry++) {
      const before = process.cpuUsage()
      await this.#parse(input)
      const { user, system } = process.cpuUsage(before)
      least = Math.min(least, (user + system) / 1_000)
    }
    return Math.max(least, this.tally.slowest)
  }

  /** Finds by halves which of some inputs ran something new, and adds them to the corpus. */
  async #search(coverage: Coverage, inputs: readonly Uint8Array[]): Promise<void> {
    coverage.take()
    for (const input of inputs) await this.#parse(input)
    const ran = coverage.take()
    if (!coverage.isNew(ran)) return
    const [only] = inputs
    if (inputs.length === 1 && only !== undefined) {
      coverage.add(ran)
      this.#corpus.push(only)
      this.tally.found.push(only)
      return
    }
    const half = inputs.length >> 1
    await this.#search(coverage, inputs.slice(0, half))
    await this.#search(coverage, inputs.slice(half))
  }

  /** Equal faults are one. */
  #tell(fault: string, input: Uint8Array): void {
    const kind = fault.replaceAll(/\d+/g, '#').replaceAll(/"[^"]*"/g, '""')
    if (!this.#faults.has(kind)) this.#faults.set(kind, { fault, input: Uint8Array.from(input) })
  }

  #measureMemory(): number {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external - this.tally.found.reduce((sum, { length }) => sum + length, 0)
  }
}
