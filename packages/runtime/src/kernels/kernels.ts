import { KERNELS } from './kernels_module.ts'

/** The functions of kernels.wat. Tensors are given by their addresses, sizes in numbers. */
export interface Kernels {
  readonly memory: WebAssembly.Memory
  /** y = a b of [R,K] and [K,C]. */
  readonly multiply: (a: number, b: number, y: number, R: number, K: number, C: number) => void
  readonly sigmoid: (x: number, y: number, n: number) => void
  readonly tanh: (x: number, y: number, n: number) => void
}

/** Starts the kernels with a memory of their own. */
export async function startKernels(): Promise<Kernels> {
  const bytes = Uint8Array.from(atob(KERNELS), (character) => character.charCodeAt(0))
  const { instance } = await WebAssembly.instantiate(bytes)
  return instance.exports as unknown as Kernels
}
