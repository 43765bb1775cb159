// Loaded for exported files alone, so that no other command waits for what reads them.

import { isWeightsFile, verifyOnnx, verifyWeights, type Verified } from '@unroll/exports'
import { HOW_TO_INSTALL, loadOnnxRuntime } from './onnx_runtime.ts'

/** What is said of a file that nothing here can run. */
export const NOT_RUN: string = `not verified, as onnxruntime-node is not installed: ${HOW_TO_INSTALL}`

export type Verification = Verified & { isWithin: boolean; line: string }

/**
 * Runs the proof of a file: that of parameters here, that of ONNX by onnxruntime; undefined where that is not installed.
 *
 * @throws {FormatError | UnrollError} where the file is damaged or not ours
 */
export async function verify(file: Uint8Array): Promise<Verification | undefined> {
  if (isWeightsFile(file)) return describe(verifyWeights(file))
  const runtime = await loadOnnxRuntime()
  return runtime && describe(await verifyOnnx(file, runtime))
}

function describe(verified: Verified): Verification {
  const { largest, tolerance, compared, runs } = verified
  const isWithin = largest <= tolerance
  const line = `${isWithin ? 'verified' : 'NOT verified'}: the largest difference of ${compared} numbers in ${runs} runs is ${largest.toExponential(1)}, and ${tolerance.toExponential()} is allowed`
  return { ...verified, isWithin, line }
}
