// What is asked of a session, as its log has it: the batches as they are, in binary.

import { hash } from 'node:crypto'
import type { ErrorCode, OptimStepRequest, PredictionRequest, SessionBatch } from '@unroll/contract'
import { Packr } from 'msgpackr'

/** A command, in the order in which it is computed. */
export type SessionCommand =
  | { type: 'forward_backward'; batch: SessionBatch; state: 'initial' | 'carried'; flow: boolean }
  | { type: 'optim_step'; request: OptimStepRequest }
  /** What the network answers now. */
  | { type: 'sample'; request: PredictionRequest }
  /** Writes the state as a file of weights of this id, under a name for users. */
  | { type: 'save'; weights: string; name?: string | undefined }

/** Who waits for the answer to a command. */
export interface Asker {
  /** Of the answer. */
  name: string
  /** That the answer is sent to. */
  mailbox: string
}

/** A command of the log. */
export interface LoggedCommand extends Asker {
  /** Its place in the log: a later one is greater. */
  entry: string
  command: SessionCommand
  /** Size in the log. */
  bytes: number
}

/** What a worker answers: the fields of the answer, or why there is none. */
export type SessionAnswer =
  | { type: 'answered'; fields: Readonly<Record<string, unknown>> }
  | { type: 'refused'; code: ErrorCode; message: string }

/** An answer as a worker hands it on. */
export interface EncodedAnswer {
  /** A `SessionAnswer` in JSON. */
  answer: string
  /** Updates of the session after the command. */
  step: number
  /** What was done; null where the command is refused. */
  done: SessionCommand['type'] | null
}

const PACKR = new Packr({ moreTypes: true, useRecords: false })
const LINE_BREAK = 0x0a

export function encodeCommand(command: SessionCommand): Buffer {
  return PACKR.pack(command)
}

/** A digest of what is asked. The id of a file is none of it: it is chosen anew each time. */
export function digestCommand(command: SessionCommand, encoded: Buffer): string {
  const asked = command.type === 'save' ? encodeCommand({ ...command, weights: '' }) : encoded
  return hash('sha256', asked, 'base64url')
}

/** The name of the answer to a command with an idempotency key. */
export function nameAnswer(key: string): string {
  return hash('sha256', key, 'base64url')
}

/** An entry of the log: fields and values in turn, as `append_command` writes them. */
export function decodeEntry(entry: string, fields: readonly Buffer[]): LoggedCommand {
  const [, name, , mailbox, , command] = fields
  return { entry, name: String(name), mailbox: String(mailbox), ...decodeCommand(command!) }
}

/** What a worker is sent of a command. */
export interface ToldCommand {
  /** The entry before it. */
  after: string
  /** Undefined of a command that is to be read. */
  logged: LoggedCommand | undefined
}

/** A message of `append_command`: a line, and the command after it. */
export function decodeMessage(message: Buffer): ToldCommand {
  const end = message.indexOf(LINE_BREAK)
  const line = message.toString('latin1', 0, end === -1 ? message.length : end)
  const [after = '', entry = '', name = '', mailbox = ''] = line.split(' ')
  if (end === -1) return { after, logged: undefined }
  return { after, logged: { entry, name, mailbox, ...decodeCommand(message.subarray(end + 1)) } }
}

function decodeCommand(bytes: Buffer): Pick<LoggedCommand, 'command' | 'bytes'> {
  return { command: PACKR.unpack(bytes) as SessionCommand, bytes: bytes.length }
}
