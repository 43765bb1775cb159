// Rows of many requests, answered together. Each row goes through the network in tiles of a fixed shape, [steps, ROWS], and in
// which tiles is a function of its own length alone. A row's numbers therefore do not depend on which others share its
// tiles: the kernels compute each row of a product on its own, in an order that depends on the shape alone.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Network, PredictedRows, Session } from '@unroll/bptt'
import type { AskedRow } from '@unroll/tasks'

/** N of every tile. */
export const ROWS = 32
/** T of tiles, the longest first. A row takes the longest that it fills, and the next for the rest. */
const TILE_STEPS = [32, 8, 1] as const

/** The state of one row: [H] each, by layer and name. */
export type RowStates = Readonly<Record<string, Float32Array>>

export interface RunOptions {
  /** What it goes on from. @default the initial state of the network */
  states?: RowStates | undefined
  /** Takes the outputs of steps as they come: [steps,K], from a step. Of many_to_one there are none before the last. */
  onOutputs?: ((outputs: Float32Array, from: number) => void) | undefined
  signal?: AbortSignal | undefined
}

/** The end of a row. */
export interface RanRow {
  /** Outputs after the last step, [K]. */
  last: Float32Array
  states: RowStates
}

interface Row extends AskedRow, Pick<RunOptions, 'onOutputs' | 'signal'> {
  at: number
  states: RowStates
  settle: (ran: RanRow) => void
  fail: (error: unknown) => void
}

/** Runs rows through one network. */
export class RowRunner {
  readonly #session: Session
  readonly #network: Network
  readonly #initial: RowStates
  /** Rows that have steps left, in turn. */
  #open: Row[] = []
  #isRunning = false

  /** @param session of a program with `ROWS` rows */
  constructor(session: Session, network: Network, initial: RowStates) {
    this.#session = session
    this.#network = network
    this.#initial = initial
  }

  /** Runs all steps of a row, of which there is at least one. @throws the reason of the signal when it aborts */
  async run(row: AskedRow, { states = this.#initial, onOutputs, signal }: RunOptions = {}): Promise<RanRow> {
    return await new Promise((settle, fail) => {
      this.#open.push({ ...row, states, onOutputs, signal, at: 0, settle, fail })
      if (!this.#isRunning) void this.#runAll()
    })
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true
    while (this.#open.length > 0) {
      await nextTurn() // lets in other requests, which then share the next tile
      this.#dropAborted()
      const [first] = this.#open
      if (first === undefined) break
      const steps = tileSteps(first)
      const chosen = this.#open.filter((row) => tileSteps(row) === steps).slice(0, ROWS)
      this.#open = this.#open.filter((row) => !chosen.includes(row))
      try {
        this.#take(chosen, steps, await this.#session.predict(this.#tile(chosen, steps)))
      } catch (error) {
        for (const row of chosen) row.fail(error)
      }
    }
    this.#isRunning = false
  }

  #dropAborted(): void {
    const aborted = this.#open.filter(({ signal }) => signal?.aborted === true)
    if (aborted.length === 0) return
    this.#open = this.#open.filter((row) => !aborted.includes(row))
    for (const { signal, fail } of aborted) fail(signal?.reason)
  }

  #tile(rows: readonly Row[], steps: number): Parameters<Session['predict']>[0] {
    const { inputs: kind, hiddenSize: H } = this.#network
    const X = kind.kind === 'symbols' ? 1 : kind.size
    const inputs = kind.kind === 'symbols' ? new Int32Array(steps * ROWS) : new Float32Array(steps * ROWS * X)
    const lengths = new Int32Array(ROWS)
    const states = Object.fromEntries(Object.keys(this.#initial).map((name) => [name, new Float32Array(ROWS * H)]))
    for (const [n, row] of rows.entries()) {
      const length = Math.min(steps, row.steps - row.at)
      lengths[n] = length
      for (let t = 0; t < length; t++) {
        const from = (row.at + t) * X
        inputs.set(row.inputs.subarray(from, from + X), (t * ROWS + n) * X)
      }
      for (const [name, all] of Object.entries(states)) all.set(row.states[name]!, n * H)
    }
    return { steps, inputs, lengths, states }
  }

  #take(rows: readonly Row[], steps: number, { outputs, states }: PredictedRows): void {
    const { readout, hiddenSize: H, mode } = this.#network
    const K = readout.size
    for (const [n, row] of rows.entries()) {
      const length = Math.min(steps, row.steps - row.at)
      const own = mode === 'many_to_one' ? 1 : length
      const answers = new Float32Array(own * K)
      for (let t = 0; t < own; t++) for (let k = 0; k < K; k++) answers[t * K + k] = outputs[(t * ROWS + n) * K + k]!
      row.states = Object.fromEntries(
        Object.entries(states).map(([name, all]) => [name, Float32Array.from(all.subarray(n * H, (n + 1) * H))]),
      )
      const from = row.at
      row.at += length
      const isDone = row.at === row.steps
      if (mode !== 'many_to_one' || isDone) row.onOutputs?.(answers, mode === 'many_to_one' ? row.steps - 1 : from)
      if (isDone) row.settle({ last: answers.subarray((own - 1) * K), states: row.states })
      else this.#open.push(row)
    }
  }
}

function tileSteps({ steps, at }: Row): number {
  const left = steps - at
  return TILE_STEPS.find((size) => left >= size) ?? 1
}
