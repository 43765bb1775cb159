// Where a tfjs kernel is the faster way, it is used; the rest are the host's loops over the backend's memory. WASM slices
// and gathers copy whole tensors (a row block of [1600,512]: 1.6 ms, by the loop 0.01 ms), its sum over rows transposes,
// its select broadcasts a scalar condition, and its relu, clip, maximum and step lose NaN.

import type { MatMulOptions, Ops } from '@unroll/bptt'
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core'
import { hostOps } from '../host/ops.ts'
import type { TfjsBackend } from './backend.ts'
import type { TfjsMemory } from './memory.ts'

export function tfjsOps(backend: TfjsBackend, memory: TfjsMemory): Ops<TensorInfo> {
  const run = lookUpKernels(backend)
  const own = (x: TensorInfo): TensorInfo => memory.arena.own(x)
  const unary = (kernel: string) => (x: TensorInfo) => own(run(kernel, { x }))
  const binary = (kernel: string) => (a: TensorInfo, b: TensorInfo) => own(run(kernel, { a, b }))
  const transposed = (x: TensorInfo): TensorInfo =>
    memory.transposed(x, () => run('Transpose', { x }, { perm: [1, 0] }))
  return {
    ...hostOps(memory),
    // A transposed operand sends WASM's product down a naive loop, 20 times slower than copying first.
    matMul: (a, b, { transposeA = false, transposeB = false }: MatMulOptions = {}) =>
      own(run('BatchMatMul', { a: transposeA ? transposed(a) : a, b: transposeB ? transposed(b) : b }, AS_THEY_ARE)),
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Multiply'),
    div: binary('RealDiv'),
    scale: (x, factor) => own(scaled(backend, run, x, factor)),
    square: unary('Square'),
    sqrt: unary('Sqrt'),
    sigmoid: unary('Sigmoid'),
    tanh: unary('Tanh'),
    scatterAdd: (ids, rows, V) => own(scattered(backend, run, { ids, rows, V })),
  }
}

const AS_THEY_ARE = { transposeA: false, transposeB: false }

/** Calls a kernel; its result belongs to the caller. */
type Run = (kernel: string, inputs: NamedTensorInfoMap, attrs?: NamedAttrMap) => TensorInfo

function lookUpKernels({ name, kernels, getKernel }: TfjsBackend): Run {
  return (kernel, inputs, attrs = {}) =>
    getKernel(kernel, name).kernelFunc({ inputs, attrs, backend: kernels }) as TensorInfo
}

function scaled(backend: TfjsBackend, run: Run, x: TensorInfo, factor: number): TensorInfo {
  const constant = backend.create([])
  backend.values(constant)[0] = factor
  const product = run('Multiply', { a: x, b: constant })
  backend.kernels.disposeData(constant.dataId)
  return product
}

/** The kernel wants its ids as whole numbers, in a column. */
function scattered(
  { kernels, values }: TfjsBackend,
  run: Run,
  { ids, rows, V }: { ids: TensorInfo; rows: TensorInfo; V: number },
): TensorInfo {
  const shape = [...ids.shape, 1]
  const dataId = kernels.write(Int32Array.from(values(ids)), shape, 'int32')
  const table = run(
    'ScatterNd',
    { indices: { dataId, shape, dtype: 'int32' }, updates: rows },
    { shape: [V, ...rows.shape.slice(1)] },
  )
  kernels.disposeData(dataId)
  return table
}
