import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding.js'
import { cachesFolder, prepareEnvironment } from './environment.ts'
import { nativeFile } from './native.ts'
import { kernelsTarget } from './processor.ts'
import { variantHere, VARIANTS, variantsHere, VERSION, type Variant } from './variant.ts'

/**
 * The native functions of tfjs-node, without its JavaScript: tensors by id, and graphs as saved models. Loading them
 * registers our kernels with TensorFlow.
 */
export type Binding = Pick<
  TFJSBinding,
  | 'createTensor'
  | 'deleteTensor'
  | 'tensorDataSync'
  | 'loadSavedModel'
  | 'deleteSavedModel'
  | 'runSavedModel'
  | 'isUsingGpuDevice'
  | 'TF_FLOAT'
  | 'TF_INT32'
  | 'TF_Version'
> & {
  /** Number of tensors held by id; absent from the package's own type. */
  getNumOfTensors(): number
}

/** The folder of a provided variant, for all checkouts of this user: by version and platform. */
export function libraryFolder(variant: Variant): string {
  const name = `tensorflow-${VERSION}-${variant.name}-${process.platform}-${process.arch}`
  return join(cachesFolder(), 'unroll', name)
}

/**
 * The native file for this machine; undefined if it has not been provided. Errors: Error if this processor supports
 * none of the targets of the kernels.
 */
export function findLibrary(): string | undefined {
  return variantsHere()
    .map(providedFile)
    .find((file) => file !== undefined)
}

function providedFile(variant: Variant): string | undefined {
  const file = join(libraryFolder(variant), nativeFile(kernelsTarget()))
  return existsSync(file) ? file : undefined
}

function whatIsMissing(): string {
  const wanted = variantHere()
  const isOnlyForGpus = wanted !== VARIANTS.cuda && providedFile(VARIANTS.cuda) !== undefined
  return isOnlyForGpus
    ? 'the one here is for GPUs, and this machine shows no NVIDIA driver: an empty CUDA_VISIBLE_DEVICES has it compute on the CPU'
    : `it is not in "${libraryFolder(wanted)}": npm start provides it`
}

/**
 * Loads libtensorflow into this process, where it stays until the process ends. Errors: Error if it has not been
 * provided, or an error of the system's loader.
 */
export function loadLibrary(): Binding {
  const file = findLibrary()
  if (file === undefined) throw new Error(`Cannot load libtensorflow as ${whatIsMissing()}`)
  prepareEnvironment()
  return createRequire(import.meta.url)(file) as Binding
}
