// The operations of the network over the memory of the kernels: products, logistic functions and tanh by the kernels, all others
// by the loops that the engine "wasm" has for them.

import type { Ops } from '@unroll/bptt'
import { Arena, elements, hostOps, matrixShape, type Memory } from '@unroll/engines'
import { Heap } from './heap.ts'
import type { Kernels } from './kernels/kernels.ts'

/** A tensor in the memory of the kernels, which several may share. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly block: { readonly address: number; readonly numbers: number; uses: number }
}

export interface Interpreter {
  readonly ops: Ops<Tensor>
  /** A tensor that no scope owns unless one is open. */
  readonly upload: (shape: readonly number[], data: ArrayLike<number>) => Tensor
  /** A copy of the numbers. */
  readonly download: (x: Tensor) => Float32Array
}

export function createInterpreter(kernels: Kernels): Interpreter {
  const heap = new Heap(kernels.memory)
  const memory = tensorMemory(heap)
  const upload = (shape: readonly number[], data: ArrayLike<number>): Tensor => {
    const x = memory.create(shape)
    memory.values(x).set(data)
    return x
  }
  const through = (kernel: (x: number, y: number, n: number) => void) => (x: Tensor) => {
    const y = memory.create(x.shape)
    kernel(x.block.address, y.block.address, y.block.numbers)
    return y
  }
  const host = hostOps(memory)
  const ops: Ops<Tensor> = {
    ...host,
    scale: (x, factor) => host.scale(x, Math.fround(factor)), // the kernel there takes a float32
    matMul: (a, b) => {
      const [R, K] = matrixShape(a.shape)
      const [, C] = matrixShape(b.shape)
      const y = memory.create([R, C])
      kernels.multiply(a.block.address, b.block.address, y.block.address, R, K, C)
      return y
    },
    sigmoid: through(kernels.sigmoid),
    tanh: through(kernels.tanh),
  }
  return { ops, upload, download: (x) => memory.values(x).slice() as Float32Array }
}

function tensorMemory(heap: Heap): Memory<Tensor> {
  const arena = new Arena<Tensor>(({ block }) => {
    block.uses -= 1
    if (block.uses === 0) heap.give(block.address, block.numbers)
  })
  return {
    shape: ({ shape }) => shape,
    values: ({ block }) => heap.view(block.address, block.numbers),
    create: (shape) => {
      const numbers = elements(shape)
      return arena.own({ shape, block: { address: heap.take(numbers), numbers, uses: 1 } })
    },
    alias: ({ block }, shape) => {
      block.uses += 1
      return arena.own({ shape, block })
    },
    scope: (body) => arena.scope(body),
  }
}
