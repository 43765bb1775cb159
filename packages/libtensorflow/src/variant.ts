import { existsSync } from 'node:fs'
import { namesGpu } from './environment.ts'

/** A build of libtensorflow in a Python wheel. */
export interface Variant {
  readonly name: 'cpu' | 'cuda'
  /** The wheel with its version in the notation of pip. */
  readonly wheel: string
  /** The wheel's extra that names the GPU libraries it needs. */
  readonly extra?: string
  /** Approximate size of the download in megabytes. */
  readonly megabytes: number
}

export const VERSION = '2.21.0'

const CPU: Variant = { name: 'cpu', wheel: `tensorflow-cpu==${VERSION}`, megabytes: 270 }
const CUDA: Variant = { name: 'cuda', wheel: `tensorflow==${VERSION}`, extra: 'and-cuda', megabytes: 3000 }

/** This file exists with NVIDIA's kernel driver. */
const NVIDIA_DRIVER = '/proc/driver/nvidia/version'

/** Names of the machine in wheels, by `process.arch`. */
const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

export function hasNvidiaGpu(): boolean {
  return existsSync(NVIDIA_DRIVER)
}

/** Whether this process computes on a GPU: on the one it is bound to, or else on any of this machine. */
export function expectsGpu(): boolean {
  return namesGpu() ?? hasNvidiaGpu()
}

/** The variants, by name. */
export const VARIANTS: Readonly<Record<Variant['name'], Variant>> = { cpu: CPU, cuda: CUDA }

/**
 * The variants that this process may load, best first: only CUDA on a machine with an NVIDIA GPU, so that a GPU is
 * never ignored silently; both if CUDA_VISIBLE_DEVICES excludes all GPUs.
 */
export function variantsHere(): readonly [Variant, ...Variant[]] {
  if (namesGpu() === false) return [CPU, CUDA]
  return [hasNvidiaGpu() ? CUDA : CPU]
}

/** The variant that suits this process best. */
export function variantHere(): Variant {
  return variantsHere()[0]
}

/** The platforms whose wheels run here, newest first. Errors: Error without any. */
export function wheelPlatforms(): readonly string[] {
  const machine = MACHINES[process.arch]
  if (process.platform !== 'linux' || machine === undefined) {
    throw new Error(
      `Cannot provide libtensorflow as its wheels run on linux-x64 and linux-arm64 alone: this is ${process.platform}-${process.arch}`,
    )
  }
  const known = ['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014'] // pip accepts each by its exact name
  return known.map((policy) => `${policy}_${machine}`)
}
