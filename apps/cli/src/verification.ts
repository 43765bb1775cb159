// Loaded for files of ONNX alone, so that no other command waits for what reads them.

import { verifyOnnx, type OnnxRuntime, type Verified } from '@unroll/exports'

/** Runs the proof of a file. @throws {FormatError} where the file is damaged or not ours */
export async function verify(
  file: Uint8Array,
  runtime: OnnxRuntime,
): Promise<Verified & { isWithin: boolean; line: string }> {
  const verified = await verifyOnnx(file, runtime)
  const { largest, tolerance, compared, runs } = verified
  const isWithin = largest <= tolerance
  const line = `${isWithin ? 'verified' : 'NOT verified'}: the largest difference of ${compared} numbers in ${runs} runs is ${largest.toExponential(1)}, and ${tolerance.toExponential()} is allowed`
  return { ...verified, isWithin, line }
}
