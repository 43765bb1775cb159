// Rows of many requests, answered together. Each row goes through the network in tiles [steps, rows], and in how many steps of
// each is a function of its own length alone: a bidirectional network, which begins at the end too, has all of it in one. A row's
// numbers do not depend on which others share its tiles: the kernels compute each row of a product on its own, in one order
// whatever the shape (unroll.ts of packages/bptt).

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
/** The most steps of a tile where a tile may have any number of them, but for networks that read a row whole: others wait until it has ended. */
const MOST_STEPS = 128
/**
 * T of tiles where each shape is compiled by itself, and the fewest steps left to a row that takes one: behind its last step a row is
 * masked. The longest first.
 */
const TILES = [
  { steps: 96, least: 89 },
  { steps: 32, least: 25 },
  { steps: 8, least: 5 },
  { steps: 4, least: 2 },
  { steps: 1, least: 1 },
] as const

/** T of the least such tile of a network that reads a row whole. */
const SHORTEST_WHOLE = 8

/** The state of one row: [H] each, by layer and name. */
export type RowStates = Readonly<Record<string, Float32Array>>

/** The state of one row among those of the tile that it took last, so that none is copied for each row. */
export interface Standing {
  /** [N,H] each, by layer and name. */
  readonly states: RowStates
  /** Its row of them. */
  readonly place: number
}

export interface RunOptions {
  /** What it goes on from. @default what the row begins from, else the initial state of the network */
  from?: Standing | undefined
  /** Takes the outputs of steps as they come: [steps,K], from a step. Of many_to_one there are none before the last. */
  onOutputs?: ((outputs: Float32Array, from: number) => void) | undefined
  signal?: AbortSignal | undefined
}

/** The end of a row. */
export interface RanRow {
  /** Outputs after the last step, [K]. */
  last: Float32Array
  end: Standing
}

interface Row extends Pick<RunOptions, 'onOutputs' | 'signal'> {
  readonly asked: AskedRow
  /** Steps that it has taken. */
  at: number
  /** Steps that it takes of its next tile. */
  taking: number
  /** Its place among all that have come to wait. */
  turn: number
  standing: Standing
  settle: (ran: RanRow) => void
  fail: (error: unknown) => void
}

/** Runs rows through one network. */
export class RowRunner {
  readonly #session: Session
  readonly #network: Network
  readonly #initial: Standing
  /** N of its tiles, the smallest first. */
  readonly #tileRows: readonly number[]
  readonly #oneShape: boolean
  /** Rows that have steps left, in turn, by the most steps of the tile that they take next. */
  readonly #open = new Map<number, Row[]>()
  #turns = 0
  #isRunning = false

  /**
   * @param session of a program with `ROWS` rows
   * @param options.oneShape whether the numbers of a row depend on the shape of its tiles, and each shape is compiled, as on a GPU
   */
  constructor(
    session: Session,
    network: Network,
    initial: RowStates,
    { oneShape = false }: { readonly oneShape?: boolean } = {},
  ) {
    this.#session = session
    this.#network = network
    this.#initial = standAlone(initial)
    this.#oneShape = oneShape
    this.#tileRows = oneShape ? [ROWS] : TILE_ROWS
  }

  /** Runs all steps of a row, of which there is at least one. @throws the reason of the signal when it aborts */
  async run(
    asked: AskedRow,
    { from = asked.start ? standAlone(asked.start) : this.#initial, onOutputs, signal }: RunOptions = {},
  ): Promise<RanRow> {
    return await new Promise((settle, fail) => {
      this.#wait({ asked, onOutputs, signal, at: 0, taking: 0, turn: 0, standing: from, settle, fail })
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
        this.#take(chosen, await this.#session.predict(this.#tile(chosen, steps)))
      } catch (error) {
        for (const row of chosen) row.fail(error)
      }
    }
    this.#isRunning = false
  }

  #wait(row: Row): void {
    const most = this.#mostSteps(stepsLeft(row))
    row.turn = this.#turns++
    row.taking = Math.min(most, stepsLeft(row))
    const steps = this.#oneShape ? most : roundUp(most)
    const rows = this.#open.get(steps) ?? []
    this.#open.set(steps, rows)
    rows.push(row)
  }

  /** The most steps of the tile that a row takes which has some left: equal parts of them where a tile may have any number. */
  #mostSteps(left: number): number {
    const { bidirectional } = this.#network
    if (!this.#oneShape) return bidirectional ? left : Math.ceil(left / Math.ceil(left / MOST_STEPS))
    return bidirectional ? roundUpToPower(left) : TILES.find(({ least }) => left >= least)!.steps
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

  /** @param most steps that it may have */
  #tile(rows: readonly Row[], most: number): Parameters<Session['predict']>[0] {
    const N = this.#countRows(rows.length)
    const lengths = new Int32Array(N)
    for (const [n, row] of rows.entries()) lengths[n] = row.taking
    const steps = this.#oneShape ? most : lengths.reduce((longest, length) => Math.max(longest, length))
    const { inputs: kind } = this.#network
    const X = kind.kind === 'symbols' ? 1 : kind.size
    const inputs = kind.kind === 'symbols' ? new Int32Array(steps * N) : new Float32Array(steps * N * X)
    for (const [n, { asked, at }] of rows.entries())
      placeSteps(inputs, asked.inputs.subarray(at * X, (at + lengths[n]!) * X), { N, n, X })
    return { steps, inputs, lengths, states: this.#standings(rows, N), ...maskOf(rows, { steps, N, lengths }) }
  }

  /** States before the first step of a tile of N rows. */
  #standings(rows: readonly Row[], N: number): RowStates {
    return mapTensors(this.#initial.states, ({ length: H }, name) => {
      const all = new Float32Array(N * H)
      for (const [n, { standing }] of rows.entries()) {
        const { states, place } = standing
        all.set(states[name]!.subarray(place * H, (place + 1) * H), n * H)
      }
      return all
    })
  }

  #take(rows: readonly Row[], { outputs, states }: PredictedRows): void {
    const { readout, mode } = this.#network
    const K = readout.size
    const N = this.#countRows(rows.length)
    const after = mapTensors(states, (all) => (all instanceof Float32Array ? all : new Float32Array(all)))
    for (const [n, row] of rows.entries()) {
      const from = row.at
      row.at += row.taking
      row.standing = { states: after, place: n }
      const isDone = stepsLeft(row) === 0
      const answered = mode !== 'many_to_one' ? row.at - from : isDone ? 1 : 0
      const answers = new Float32Array(answered * K)
      for (let t = 0; t < answered; t++) for (let k = 0; k < K; k++) answers[t * K + k] = outputs[(t * N + n) * K + k]!
      if (answered > 0) row.onOutputs?.(answers, row.at - answered)
      if (!isDone) this.#wait(row)
      else row.settle({ last: answers.subarray((answered - 1) * K), end: row.standing })
    }
  }
}

function standAlone(states: RowStates): Standing {
  return { states, place: 0 }
}

/** Copies the steps [L,X] of a row to row n of [T,N,X]. */
function placeSteps(
  tile: Float32Array | Int32Array,
  steps: Float32Array | Int32Array,
  { N, n, X }: { readonly N: number; readonly n: number; readonly X: number },
): void {
  let to = n * X
  for (let from = 0; from < steps.length; to += (N - 1) * X)
    for (const end = from + X; from < end;) tile[to++] = steps[from++]!
}

/** The mask [T,N] of a tile some of whose rows leave steps out. */
function maskOf(
  rows: readonly Row[],
  { steps, N, lengths }: { readonly steps: number; readonly N: number; readonly lengths: Int32Array },
): { readonly mask?: Uint8Array } {
  if (rows.every(({ asked }) => asked.mask === undefined)) return {}
  const mask = new Uint8Array(steps * N).fill(1)
  for (const [n, { asked, at }] of rows.entries())
    if (asked.mask) for (let t = 0; t < lengths[n]!; t++) mask[t * N + n] = asked.mask[at + t]!
  return { mask }
}

function stepsLeft({ asked, at }: Row): number {
  return asked.steps - at
}

/** So that rows which share a tile differ by an eighth of their steps at most. */
function roundUp(steps: number): number {
  const eighth = 2 ** Math.max(0, Math.floor(Math.log2(steps)) - 3)
  return Math.ceil(steps / eighth) * eighth
}

/** The next power of 2, so that few graphs are compiled. */
function roundUpToPower(steps: number): number {
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
