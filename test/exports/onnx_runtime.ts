import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OnnxRuntime } from '@unroll/exports'

/** A folder in which onnxruntime-node is installed: `npm run test:exports` names one. */
export const RUNTIME: string | undefined = process.env['UNROLL_ONNXRUNTIME_FOLDER']

export function loadRuntime(): Promise<OnnxRuntime> | undefined {
  if (RUNTIME === undefined) return undefined
  const path = createRequire(join(RUNTIME, 'here')).resolve('onnxruntime-node')
  return import(pathToFileURL(path).href).then(({ default: runtime }: { default: OnnxRuntime }) => runtime)
}
