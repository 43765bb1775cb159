import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding.js'
import { cachesFolder, prepareEnvironment } from './environment.ts'
import { nativeFile } from './native.ts'
import { variantHere, VERSION, type Variant } from './variant.ts'

/** The native functions of tfjs-node, without its JavaScript: tensors by id, and graphs as saved models. Loading them makes our kernels known to TensorFlow. */
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
  /** Tensors held by id; absent from the package's own type. */
  getNumOfTensors(): number
}

/** Where a variant is kept once provided, for all checkouts of this user: by version and platform. */
export function libraryFolder(variant: Variant): string {
  const name = `tensorflow-${VERSION}-${variant.name}-${process.platform}-${process.arch}`
  return join(cachesFolder(), 'unroll', name)
}

/** The native file that this machine is to load; undefined when it has not been provided. */
export function findLibrary(): string | undefined {
  const file = join(libraryFolder(variantHere()), nativeFile())
  return existsSync(file) ? file : undefined
}

/**
 * Loads libtensorflow into this process, where it stays until the process ends.
 * Errors: Error when it has not been provided, or whatever the system's loader reports.
 */
export function loadLibrary(): Binding {
  const file = findLibrary()
  if (file === undefined) {
    throw new Error(
      `Cannot load libtensorflow as it is not in "${libraryFolder(variantHere())}": npm start provides it`,
    )
  }
  prepareEnvironment()
  return createRequire(import.meta.url)(file) as Binding
}
