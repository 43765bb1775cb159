import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OnnxRuntime } from '@unroll/exports'

const PACKAGE = 'onnxruntime-node'

/** How to get what runs files of ONNX: it has 290 MB, so that it does not come along. */
export const HOW_TO_INSTALL: string = `npm install --ignore-scripts ${PACKAGE}`

/** onnxruntime-node, installed where this program is run or beside it; undefined where it is nowhere. */
export async function loadOnnxRuntime(): Promise<OnnxRuntime | undefined> {
  for (const folder of [process.cwd(), import.meta.dirname]) {
    try {
      const path = createRequire(join(folder, 'here')).resolve(PACKAGE)
      const { default: runtime } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as {
        default: OnnxRuntime
      }
      return runtime
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return undefined
}
