// The thread in which files are made and read, one after another: a proof is computed in plain loops, which take seconds of a
// large network, and a file that comes in is not trusted.

import { parentPort } from 'node:worker_threads'
import { UnrollError, type ErrorCode, type Fault } from '@unroll/contract'
import { exportModel } from './export_model.ts'
import { describeWeights } from './weights/describe_weights.ts'
import { checkWeights } from './weights/load_weights.ts'

/** What can be done with the bytes of a file. */
export interface Works {
  readonly export: typeof exportModel
  readonly describe: typeof describeWeights
  readonly check: typeof checkWeights
}
export type WorkName = keyof Works

const WORKS: Works = { export: exportModel, describe: describeWeights, check: checkWeights }

type Rest<All extends readonly unknown[]> = All extends readonly [unknown, ...infer Others] ? Others : never
/** What a work is given beside the bytes. */
export type Given<Name extends WorkName> = Rest<Parameters<Works[Name]>>

export interface Commission<Name extends WorkName = WorkName> {
  name: Name
  file: Uint8Array
  given: Given<Name>
}

export type Done<Name extends WorkName = WorkName> =
  | { type: 'done'; result: ReturnType<Works[Name]> }
  | {
      type: 'failed'
      code: ErrorCode | undefined
      message: string
      faults: readonly Fault[]
      faultCount: number
      stack: string | undefined
    }

function perform({ name, file, given }: Commission): Done {
  try {
    const work = WORKS[name] as (file: Uint8Array, ...rest: readonly unknown[]) => ReturnType<Works[WorkName]>
    return { type: 'done', result: work(file, ...given) }
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    const { code, faults, faultCount } = error instanceof UnrollError ? error : NO_CODE
    return { type: 'failed', code, message, faults, faultCount, stack }
  }
}

const NO_CODE = { code: undefined, faults: [], faultCount: 0 } as const

parentPort?.on('message', (commission: Commission) => {
  const done = perform(commission)
  const moved = done.type === 'done' && done.result instanceof Uint8Array ? [done.result.buffer] : []
  parentPort?.postMessage(done, moved)
})
