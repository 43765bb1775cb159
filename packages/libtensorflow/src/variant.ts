import { existsSync } from 'node:fs'
import { namesGpu } from './environment.ts'

/** A build of libtensorflow, as its Python wheel carries it. */
export interface Variant {
  readonly name: 'cpu' | 'cuda'
  /** The wheel, with its version as pip writes it. */
  readonly wheel: string
  /** The wheel's extra that names the GPU libraries it needs. */
  readonly extra?: string
  /** Megabytes to fetch, roughly. */
  readonly megabytes: number
}

export const VERSION = '2.21.0'

const CPU: Variant = { name: 'cpu', wheel: `tensorflow-cpu==${VERSION}`, megabytes: 270 }
const CUDA: Variant = { name: 'cuda', wheel: `tensorflow==${VERSION}`, extra: 'and-cuda', megabytes: 3000 }

/** The kernel driver of NVIDIA shows itself here. */
const NVIDIA_DRIVER = '/proc/driver/nvidia/version'

/** Names of the machine in wheels, by `process.arch`. */
const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

export function hasNvidiaGpu(): boolean {
  return existsSync(NVIDIA_DRIVER)
}

/** Whether this process is to compute on a GPU: on one that it is bound to, or else on any of this machine. */
export function expectsGpu(): boolean {
  return namesGpu() ?? hasNvidiaGpu()
}

/** The variants, by name. */
export const VARIANTS: Readonly<Record<Variant['name'], Variant>> = { cpu: CPU, cuda: CUDA }

/**
 * The variants that this process may load, best first: CUDA alone where there is an NVIDIA GPU, so that one is never left
 * aside in silence; either where CUDA_VISIBLE_DEVICES says that no GPU is to be used.
 */
export function variantsHere(): readonly [Variant, ...Variant[]] {
  if (namesGpu() === false) return [CPU, CUDA]
  return [hasNvidiaGpu() ? CUDA : CPU]
}

/** The variant that suits this process best. */
export function variantHere(): Variant {
  return variantsHere()[0]
}

/** The platforms whose wheels run here, newest first. Errors: Error where there are none. */
export function wheelPlatforms(): readonly string[] {
  const machine = MACHINES[process.arch]
  if (process.platform !== 'linux' || machine === undefined) {
    throw new Error(
      `Cannot provide libtensorflow as its wheels run on linux-x64 and linux-arm64 alone: this is ${process.platform}-${process.arch}`,
    )
  }
  const known = ['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014'] // pip takes each by its exact name
  return known.map((policy) => `${policy}_${machine}`)
}
