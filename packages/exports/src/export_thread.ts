// The thread that exports are made in, one after another: the proof is computed in plain loops, which take seconds of a large
// network.

import { parentPort } from 'node:worker_threads'
import { UnrollError, type ErrorCode } from '@unroll/contract'
import { exportModel, type NetworkFormat } from './export_model.ts'
import type { Opening } from './model.ts'

export interface Commission {
  state: Uint8Array
  opening: Opening
  format: NetworkFormat
}

export type Made =
  | { type: 'made'; file: Uint8Array<ArrayBuffer> }
  | { type: 'failed'; code: ErrorCode | undefined; message: string; stack: string | undefined }

function make({ state, opening, format }: Commission): Made {
  try {
    return { type: 'made', file: exportModel(state, opening, format) }
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    return { type: 'failed', code: error instanceof UnrollError ? error.code : undefined, message, stack }
  }
}

parentPort?.on('message', (commission: Commission) => {
  const made = make(commission)
  parentPort?.postMessage(made, made.type === 'made' ? [made.file.buffer] : [])
})
