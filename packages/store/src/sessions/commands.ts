// What is asked of a session, as its log has it: the batches as they are, in binary.

import type { ErrorCode, OptimStepRequest, PredictionRequest, SessionBatch } from '@unroll/contract'
import { Packr } from 'msgpackr'

/** A command, in the order in which it is computed. */
export type SessionCommand =
  | { type: 'forward_backward'; batch: SessionBatch; state: 'initial' | 'carried'; flow: boolean }
  | { type: 'optim_step'; request: OptimStepRequest }
  /** What the network answers now. */
  | { type: 'sample'; request: PredictionRequest }
  /** Writes the state as a file of weights of this id. */
  | { type: 'save'; weights: string }

/** A command and the name under which its answer is waited for. */
export interface LoggedCommand {
  /** Of the log: a later one is greater. */
  entry: string
  name: string
  command: SessionCommand
  /** Size in the log. */
  bytes: number
}

/** What a worker answers: the fields of the answer, or why there is none. */
export type SessionAnswer =
  | { type: 'answered'; fields: Readonly<Record<string, unknown>> }
  | { type: 'refused'; code: ErrorCode; message: string }

const PACKR = new Packr({ moreTypes: true, useRecords: false })

export function encodeCommand(name: string, command: SessionCommand): Buffer {
  return PACKR.pack({ name, command })
}

export function decodeCommand(entry: string, bytes: Buffer): LoggedCommand {
  const { name, command } = PACKR.unpack(bytes) as Pick<LoggedCommand, 'name' | 'command'>
  return { entry, name, command, bytes: bytes.length }
}
