// Rows of many requests, answered together. Each row goes through the network in tiles of few shapes, [steps, rows], and in
// how many steps of each is a function of its own length alone: a bidirectional network, which begins at the end too, has all of it in one. A row's numbers therefore do not depend on which others share its
// tiles: the kernels compute each row of a product on its own, in one order whatever the shape (unroll.ts of packages/bptt).

import { setImmediate as nextTurn } from 'node:timers/promises'
import { mapTensors, type Network, type PredictedRows, type Session } from '@unroll/bptt'
import type { AskedRow } from '@unroll/tasks'

/** N of the program that the session is opened with. */
export const ROWS = 32
/**
 * N of tiles, each the smallest that has room for the rows that wait. Few rows, as one text that is written, take half the time of
 * a tile of 32; fewer than 8 take no less. For many, a run of the graph and its weights are read for five times as many; halves of
 * 168 rows are cut into 6 and into 14, the rows of a product's tile with AVX2 and with AVX-512 (products.h).
 */
const TILE_ROWS = [8, ROWS, 168] as const
/**
 * T of tiles, and the fewest steps left to a row that takes one: behind its last step a row is masked. The longest first. A run of
 * the graph costs as much as five steps of a small network, and others wait until a tile has ended.
 */
const TILES = [
  { steps: 96, least: 89 },
  { steps: 32, least: 25 },
  { steps: 8, least: 5 },
  { steps: 4, least: 2 },
  { steps: 1, least: 1 },
] as const

/** T of the least tile of a network that reads a row whole. */
const SHORTEST_WHOLE = 8

/** The state of one row: [H] each, by layer and name. */
export type RowStates = Readonly<Record<string, Float32Array>>

export interface RunOptions {
  /** What it goes on from. @default what the row begins from, else the initial state of the network */
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
  /** Its place among all that have come to wait. */
  turn: number
  /** What it goes on from: row `place` of the states of the tile that it took last, so that none is copied for each row. */
  states: RowStates
  place: number
  settle: (ran: RanRow) => void
  fail: (error: unknown) => void
}

/** Runs rows through one network. */
export class RowRunner {
  readonly #session: Session
  readonly #network: Network
  readonly #initial: RowStates
  /** N of its tiles, the smallest first. */
  readonly #tileRows: readonly number[]
  /** Rows that have steps left, in turn, by T of the tile that they take next. */
  readonly #open = new Map<number, Row[]>()
  #turns = 0
  #isRunning = false

  /**
   * @param session of a program with `ROWS` rows
   * @param options.oneShape whether the numbers of a row depend on how many others there are, as on a GPU
   */
  constructor(
    session: Session,
    network: Network,
    initial: RowStates,
    { oneShape = false }: { readonly oneShape?: boolean } = {},
  ) {
    this.#session = session
    this.#network = network
    this.#initial = initial
    this.#tileRows = oneShape ? [ROWS] : TILE_ROWS
  }

  /** Runs all steps of a row, of which there is at least one. @throws the reason of the signal when it aborts */
  async run(
    row: AskedRow,
    { states = row.start ?? this.#initial, onOutputs, signal }: RunOptions = {},
  ): Promise<RanRow> {
    return await new Promise((settle, fail) => {
      this.#wait({ ...row, states, onOutputs, signal, at: 0, turn: 0, place: 0, settle, fail })
      if (!this.#isRunning) void this.#runAll()
    })
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true
    for (;;) {
      await nextTurn() // lets in other requests, which then share the next tile
      const steps = this.#first()
      if (steps === undefined) break
      const open = this.#open.get(steps)!
      const chosen = dropAborted(open.splice(0, this.#countTaken(open.length)))
      if (chosen.length === 0) continue
      try {
        this.#take(chosen, steps, await this.#session.predict(this.#tile(chosen, steps)))
      } catch (error) {
        for (const row of chosen) row.fail(error)
      }
    }
    this.#isRunning = false
  }

  #wait(row: Row): void {
    row.turn = this.#turns++
    const steps = this.#network.bidirectional ? wholeSteps(row) : partSteps(row)
    const rows = this.#open.get(steps) ?? []
    this.#open.set(steps, rows)
    rows.push(row)
  }

  /** The tile of the row that has waited longest. */
  #first(): number | undefined {
    const waiting = [...this.#open].flatMap(([steps, [oldest]]) => (oldest ? [{ steps, turn: oldest.turn }] : []))
    return waiting.toSorted((a, b) => a.turn - b.turn)[0]?.steps
  }

  /** How many of the rows that wait take the next tile: the largest one only where at most `ROWS` of its places are empty. */
  #countTaken(waiting: number): number {
    const most = this.#tileRows.at(-1)!
    return waiting > most - ROWS ? most : ROWS
  }

  /** N of the tile of some rows. */
  #countRows(rows: number): number {
    return this.#tileRows.find((places) => rows <= places)!
  }

  #tile(rows: readonly Row[], steps: number): Parameters<Session['predict']>[0] {
    const N = this.#countRows(rows.length)
    const { inputs: kind } = this.#network
    const X = kind.kind === 'symbols' ? 1 : kind.size
    const inputs = kind.kind === 'symbols' ? new Int32Array(steps * N) : new Float32Array(steps * N * X)
    const lengths = new Int32Array(N)
    const mask = rows.some((row) => row.mask !== undefined) ? new Uint8Array(steps * N).fill(1) : undefined
    const states = mapTensors(this.#initial, ({ length: H }) => new Float32Array(N * H))
    for (const [n, row] of rows.entries()) {
      const { inputs: own, at, place } = row
      const length = Math.min(steps, row.steps - at)
      lengths[n] = length
      for (let t = 0; t < length; t++) {
        const [to, from] = [(t * N + n) * X, (at + t) * X]
        for (let x = 0; x < X; x++) inputs[to + x] = own[from + x]!
      }
      if (mask && row.mask) for (let t = 0; t < length; t++) mask[t * N + n] = row.mask[at + t]!
      for (const [name, all] of Object.entries(states))
        all.set(this.#ofRow(row.states, name, place), (n * all.length) / N)
    }
    return { steps, inputs, lengths, states, ...(mask && { mask }) }
  }

  #take(rows: readonly Row[], steps: number, { outputs, states }: PredictedRows): void {
    const { readout, mode } = this.#network
    const K = readout.size
    const N = this.#countRows(rows.length)
    const after = mapTensors(states, (all) => (all instanceof Float32Array ? all : new Float32Array(all)))
    for (const [n, row] of rows.entries()) {
      const from = row.at
      row.at += Math.min(steps, row.steps - from)
      row.states = after
      row.place = n
      const isDone = row.at === row.steps
      const answered = mode !== 'many_to_one' ? row.at - from : isDone ? 1 : 0
      const answers = new Float32Array(answered * K)
      for (let t = 0; t < answered; t++) for (let k = 0; k < K; k++) answers[t * K + k] = outputs[(t * N + n) * K + k]!
      if (answered > 0) row.onOutputs?.(answers, row.at - answered)
      if (!isDone) this.#wait(row)
      else row.settle({ last: answers.subarray((answered - 1) * K), states: this.#copyStates(row) })
    }
  }

  #ofRow(states: RowStates, name: string, place: number): Float32Array {
    const { length: H } = this.#initial[name]!
    return states[name]!.subarray(place * H, (place + 1) * H)
  }

  #copyStates({ states, place }: Row): RowStates {
    return mapTensors(states, (_, name) => this.#ofRow(states, name, place).slice())
  }
}

function partSteps({ steps, at }: Row): number {
  return TILES.find(({ least }) => steps - at >= least)!.steps
}

/** The next power of 2, so that few graphs are compiled. */
function wholeSteps({ steps }: Row): number {
  return 2 ** Math.ceil(Math.log2(Math.max(steps, SHORTEST_WHOLE)))
}

/** The rows that somebody still waits for. */
function dropAborted(rows: readonly Row[]): readonly Row[] {
  return rows.filter(({ signal, fail }) => {
    if (signal?.aborted !== true) return true
    fail(signal.reason)
    return false
  })
}
