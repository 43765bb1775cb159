// The same parameters in another layout: other names, gates in another order, transposed, of the opposite sign. A layout is a
// list of blocks, by which tensors are converted both ways. Packed is the layout of packages/bptt/src/cells/cell.ts.

import type { HostTensor } from '@unroll/bptt'

type Numbers = Float32Array | Float64Array
export type Shapes = Readonly<Record<string, readonly number[]>>
export type HostTensors = Readonly<Record<string, HostTensor>>

/** Numbers that a layout has elsewhere: `theirs[at + r·rowStep + c·columnStep] = sign · packed[r, from + c]`. */
export interface Block {
  readonly packed: string
  readonly theirs: string
  readonly rows: number
  readonly columns: number
  /** The first column of the packed tensor; a vector is one row. */
  readonly from: number
  readonly at: number
  readonly rowStep: number
  readonly columnStep: number
  readonly sign: 1 | -1
  /** A second bias that is added to a first: 0 on the way out, added on the way in. */
  readonly isSecond?: boolean
}

/** Numbers that a layout has and we do not: those of a gate that is always open. */
export interface ConstantBlock extends Pick<Block, 'theirs' | 'rows' | 'columns' | 'at' | 'rowStep' | 'columnStep'> {
  readonly value: number
}

export interface Layout {
  /** Shapes by the names of the layout. */
  readonly shapes: Shapes
  readonly blocks: readonly Block[]
  readonly constants: readonly ConstantBlock[]
}

/** Packed tensors in a layout, in the precision that they have. */
export function toLayout({ shapes, blocks, constants }: Layout, packed: HostTensors): Record<string, HostTensor> {
  const Storage = Object.values(packed).some(({ data }) => data instanceof Float64Array) ? Float64Array : Float32Array
  const theirs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, data: new Storage(elements(shape)) }]),
  )
  for (const block of blocks) {
    const from = packed[block.packed]?.data as Numbers
    const to = theirs[block.theirs]!.data
    if (block.isSecond !== true)
      walk(block, width(packed, block), (own, other) => (to[other] = block.sign * from[own]!))
  }
  for (const { value, ...block } of constants) {
    const to = theirs[block.theirs]!.data
    walk(block, 0, (_, other) => (to[other] = value))
  }
  return theirs
}

/** Inverse of toLayout, into packed tensors of the given shapes. */
export function fromLayout({ blocks }: Layout, packedShapes: Shapes, theirs: HostTensors): Record<string, HostTensor> {
  const Storage = Object.values(theirs).some(({ data }) => data instanceof Float64Array) ? Float64Array : Float32Array
  const packed = Object.fromEntries(
    Object.entries(packedShapes).map(([name, shape]) => [name, { shape, data: new Storage(elements(shape)) }]),
  )
  for (const block of blocks) {
    const from = theirs[block.theirs]?.data as Numbers
    const to = packed[block.packed]!.data
    walk(block, width(packed, block), (own, other) => (to[own]! += block.sign * from[other]!))
  }
  return packed
}

/** Whether the constants of a layout are in its tensors: only then do packed tensors hold all of them. */
export function hasConstants({ constants }: Layout, theirs: HostTensors): boolean {
  let areThere = true
  for (const { value, ...block } of constants) {
    const from = theirs[block.theirs]?.data as Numbers
    walk(block, 0, (_, other) => (areThere &&= from[other] === value))
  }
  return areThere
}

/** Visits every number of a block at both of its places. */
function walk(
  { rows, columns, from = 0, at, rowStep, columnStep }: Omit<ConstantBlock, 'value'> & { readonly from?: number },
  packedWidth: number,
  visit: (packed: number, theirs: number) => void,
): void {
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) visit(r * packedWidth + from + c, at + r * rowStep + c * columnStep)
}

function width(packed: HostTensors, { packed: name }: Block): number {
  return packed[name]?.shape.at(-1) ?? 1
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** A tensor that is the same but for its name and shape. */
export function wholeTensor(packed: string, theirs: string, shape: readonly number[]): Block {
  const columns = elements(shape)
  return { packed, theirs, rows: 1, columns, from: 0, at: 0, rowStep: 0, columnStep: 1, sign: 1 }
}

/** A whole matrix [R,C] that is [C,R] in the layout. */
export function transposed(packed: string, theirs: string, [rows = 1, columns = 1]: readonly number[]): Block {
  return { packed, theirs, rows, columns, from: 0, at: 0, rowStep: 1, columnStep: rows, sign: 1 }
}
