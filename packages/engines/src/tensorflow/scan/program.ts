// A traced step as the numbers that the operation UnrollScan reads (packages/libtensorflow/kernels/scan_program.h): each
// matrix gets a place, and nothing is copied that can be made where it is needed.

import type { Node } from '../graph/graph.ts'
import { NOWHERE, NUMBERS, PLACES, broadcast, view, type Location, type Slot } from './location.ts'
import { addedProducts, uses } from './uses.ts'
import { CODES } from './codes.ts'
import { schedule } from './schedule.ts'
import { isMade, findRoot, type Instruction, type Joined, type Matrix, type Value } from './value.ts'

export interface Step {
  /** All values in the order they were made. */
  readonly values: readonly Value[]
  /** Tensors of the graph: first values of the carries, and what the steps are given. */
  readonly carry: Readonly<Record<string, Node>>
  readonly given: Readonly<Record<string, Node>>
  /** What the step makes. */
  readonly next: Readonly<Record<string, Value>>
  readonly kept: Readonly<Record<string, Value>>
}

export interface ScanProgram {
  readonly inputs: readonly Node[]
  readonly numbers: readonly number[]
  readonly constants: readonly number[]
  /** Which output each kept series is; several may be the same. */
  readonly kept: Readonly<Record<string, number>>
  /** Outputs of the kept series, in order; those of the carries follow. */
  readonly outputs: readonly Value[]
}

/** Places all matrices of a step and writes its instructions. */
export function scanProgram(step: Step): ScanProgram {
  return new Placement(step).program()
}

class Placement {
  readonly #step: Step
  readonly #slots: Slot[] = [{ place: 'numbers', index: 0, output: 0, rows: 1, columns: 1 }]
  readonly #inputs: Node[] = []
  readonly #constants: number[] = [0]
  readonly #outputs: Value[]
  readonly #places = new Map<Value, Location>()
  /** Slots of tensors by their key: inputs are read once, however often they are used. */
  readonly #shared = new Map<string, number>()
  readonly #used: ReadonlyMap<Value, number>
  /** Products that are made as part of the addition that alone uses them, by that addition. */
  readonly #added: ReadonlyMap<Value, Instruction>
  readonly #instructions: number[][] = []

  constructor(step: Step) {
    this.#step = step
    this.#outputs = [...new Set(Object.values(step.kept))]
    this.#used = uses([...this.#outputs, ...Object.values(step.next)])
    this.#added = addedProducts(step.values, this.#used)
  }

  program(): ScanProgram {
    const { kept, next, values } = this.#step
    for (const name of Object.keys(this.#step.carry)) this.#carry(name)
    const copies = this.#outputs.flatMap((value, index) => this.#keep(value, index))
    for (const value of values.toReversed()) if (this.#used.has(value)) this.#make(value)
    const made = values.filter((value) => this.#used.has(value))
    for (const value of schedule(made, this.#added)) this.#emit(value)
    for (const [value, to] of copies) this.#copy(value, to)
    const handovers = Object.entries(next).flatMap(([name, value]) => this.#handover(name, value))
    const slots = this.#slots.map(({ place, index, output, rows, columns }) => [
      PLACES.indexOf(place),
      index,
      output,
      rows,
      columns,
    ])
    return {
      inputs: this.#inputs,
      numbers: [slots, this.#instructions, handovers].flatMap((list) => [list.length, ...list.flat()]),
      constants: this.#constants,
      kept: Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, this.#outputs.indexOf(value)])),
      outputs: this.#outputs,
    }
  }

  /** The output that a value is kept in: made there, or else copied there at the end of the step. */
  #keep(value: Value, index: number): readonly (readonly [Value, Location])[] {
    const to = this.#dense({ place: 'kept', index, output: 0, rows: value.rows, columns: value.columns })
    if (!isMade(value)) return [[value, to]]
    this.#places.set(value, to)
    return []
  }

  /** Gives a value that is made a place, the parts of a joined one theirs within it, and the sum that a product goes on from the same. */
  #make(value: Value): void {
    if (!isMade(value)) return
    const { rows, columns } = value
    const place = this.#places.get(value) ?? this.#dense({ place: 'scratch', index: 0, output: 0, rows, columns })
    this.#places.set(value, place)
    const before = value.kind === 'instruction' ? this.#sumBefore(value) : undefined
    if (before !== undefined && !this.#places.has(before)) this.#places.set(before, place)
    if (value.kind !== 'joined' || value.along === 'rows') return // rows are often the same again: they are copied
    for (const [part, at] of placeParts(value, place))
      if (isMade(part) && !this.#places.has(part)) this.#places.set(part, at)
  }

  /** The sum with a product that nothing but another product goes on from: the kernel adds up both at once. */
  #sumBefore(value: Instruction): Instruction | undefined {
    const product = this.#added.get(value)
    const start = product && value.operands.find((operand) => operand !== product)!
    if (start?.kind !== 'instruction' || !this.#added.has(start)) return undefined
    return this.#used.get(start) === 1 && start.rows === value.rows ? start : undefined
  }

  #emit(value: Value): void {
    if (value.kind === 'joined') {
      for (const [part, to] of placeParts(value, this.#places.get(value)!)) {
        const at = this.#locate(part)
        if (at.slot !== to.slot || at.offset !== to.offset) this.#copy(part, to)
      }
    } else if (value.kind === 'instruction') this.#instruct(value)
  }

  #instruct(value: Instruction): void {
    const product = this.#added.get(value)
    if (product !== undefined) {
      const start = value.operands.find((operand) => operand !== product)!
      this.#multiply(product, value, broadcast(this.#locate(start), start, value))
    } else if (value.code !== 'multiply') this.#elementwise(value)
    else if (![...this.#added.values()].includes(value)) this.#multiply(value, value, NOWHERE)
  }

  #elementwise(value: Instruction): void {
    const { code, operands, over, number = 0 } = value
    const views = operands.map((operand) => broadcast(this.#locate(operand), operand, over))
    const [a = NOWHERE, b = NOWHERE, c = NOWHERE] = views
    this.#write(code, over, { d: this.#places.get(value)!, a, b, c, number })
  }

  #copy(value: Value, to: Location): void {
    this.#write('copy', value, { d: to, a: broadcast(this.#locate(value), value, value), b: NOWHERE, c: NOWHERE })
  }

  #multiply({ operands: [a, b], transposed }: Instruction, result: Value, start: Location): void {
    if (a === undefined || b === undefined || findRoot(b).kind !== 'fixed') {
      throw new TypeError('Cannot scan a product whose second operand changes from step to step')
    }
    const weights = this.#locate(b)
    const { rowStride, columnStride } = weights
    const turned = transposed === true ? { ...weights, rowStride: columnStride, columnStride: rowStride } : weights
    this.#write(
      'multiply',
      result,
      { d: this.#places.get(result)!, a: this.#locate(a), b: turned, c: start },
      a.columns,
    )
  }

  #write(
    code: Instruction['code'],
    { rows, columns }: Matrix,
    { d, a, b, c, number = 0 }: { d: Location; a: Location; b: Location; c: Location; number?: number },
    inner = 0,
  ): void {
    const head = [CODES.indexOf(code), rows, columns, inner, this.#constant(number)]
    this.#instructions.push([...head, ...[d, a, b, c].flatMap(view)])
  }

  /** Where the next value of a carry is taken from; what another carry holds is copied out first, as that one changes too. */
  #handover(name: string, value: Value): readonly number[][] {
    const slot = this.#carry(name)
    if (value.kind === 'carry' && value.name === name) return []
    if (findRoot(value).kind !== 'carry') return [[slot, ...view(broadcast(this.#locate(value), value, value))]]
    const { rows, columns } = value
    const to = this.#dense({ place: 'scratch', index: 0, output: 0, rows, columns })
    this.#copy(value, to)
    return [[slot, ...view(to)]]
  }

  #locate(value: Value): Location {
    switch (value.kind) {
      case 'instruction':
      case 'joined':
        return this.#places.get(value)!
      case 'part': {
        const of = this.#locate(value.of)
        const stride = value.along === 'rows' ? of.rowStride : of.columnStride
        return { ...of, offset: of.offset + value.offset * stride }
      }
      case 'flat':
        throw new TypeError('Cannot scan a matrix in one row but to reduce it')
      case 'number':
        return { slot: NUMBERS, offset: this.#constant(value.number), rowStride: 0, columnStride: 0 }
      case 'carry':
        return this.#whole(this.#carry(value.name))
      case 'given':
        return this.#whole(
          this.#input(`given ${value.name}`, this.#step.given[value.name]!, { ...value, place: 'series' }),
        )
      case 'fixed':
        return this.#whole(this.#input(`fixed ${value.node.name}`, value.node, { ...value, place: 'fixed' }))
      default:
        return value satisfies never
    }
  }

  #carry(name: string): number {
    const node = this.#step.carry[name]!
    const [rows = 1, columns = 1] = node.shape
    return this.#input(`carry ${name}`, node, { place: 'carry', rows, columns })
  }

  /** The slot of a tensor of the graph. */
  #input(key: string, node: Node, { place, rows, columns }: Pick<Slot, 'place' | 'rows' | 'columns'>): number {
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    const index = this.#inputs.push(node) - 1
    const output = this.#outputs.length + Object.keys(this.#step.carry).indexOf(key.slice('carry '.length))
    const slot = this.#slots.push({ place, index, output: place === 'carry' ? output : 0, rows, columns }) - 1
    this.#shared.set(key, slot)
    return slot
  }

  #dense(slot: Slot): Location {
    return this.#whole(this.#slots.push(slot) - 1)
  }

  #whole(slot: number): Location {
    return { slot, offset: 0, rowStride: this.#slots[slot]!.columns, columnStride: 1 }
  }

  #constant(value: number): number {
    const known = this.#constants.findIndex((constant) => Object.is(constant, value))
    return known >= 0 ? known : this.#constants.push(value) - 1
  }
}

/** Where each part of a joined matrix lies within it. */
function placeParts({ parts, along }: Joined, place: Location): readonly (readonly [Value, Location])[] {
  const stride = along === 'rows' ? place.rowStride : place.columnStride
  let { offset } = place
  return parts.map((part) => {
    const at = { ...place, offset }
    offset += part[along] * stride
    return [part, at] as const
  })
}
