// A checkpoint as a file: how it is asked for, and how it is answered.

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { CHECKPOINT_FORMATS, CHECKPOINT_FORMAT_NAMES, type CheckpointFormat, type ErrorCode } from '@unroll/contract'
import type { FastifyReply } from 'fastify'
import { Type, type TEnum } from 'typebox'
import { answers, header } from '../document/answers.ts'
import type { Services } from '../types.ts'
import { exportCheckpoint, openState, type Source } from './export_checkpoint.ts'

const DEFAULT: CheckpointFormat = 'state'
const MEDIA_TYPES = [...new Set(CHECKPOINT_FORMAT_NAMES.map((name) => CHECKPOINT_FORMATS[name].mediaType))]
const FORMATS = CHECKPOINT_FORMAT_NAMES.map((name) => `\`${name}\`: ${CHECKPOINT_FORMATS[name].summary}`)
const BINARY = { schema: { type: 'string', format: 'binary' } }

/** The parameter that chooses a format. */
export const FORMAT: TEnum<[CheckpointFormat]> = Type.Enum(CHECKPOINT_FORMAT_NAMES as [CheckpointFormat], {
  type: 'string',
  default: DEFAULT,
  description: `Of the file. ${FORMATS.join('; ')}.`,
})

/** @param problems beside those of the file */
export function contentAnswers(problems: readonly ErrorCode[]): Record<string, unknown> {
  const file = {
    description: 'The file.',
    content: Object.fromEntries(MEDIA_TYPES.map((type) => [type, BINARY])),
    headers: {
      etag: header('The SHA-256 digest of the file in hex.'),
      'repr-digest': header('The same as RFC 9530 has it: `sha-256=:…:`, base64.'),
      'content-disposition': header('A name for the file.'),
    },
  }
  return answers({ 200: file }, [
    ...problems,
    'CHECKPOINT_NOT_FOUND',
    'CHECKPOINT_DAMAGED',
    'CHECKPOINT_UNSUITABLE',
    'FORMAT_UNSUITABLE',
    'ARTIFACTS_UNAVAILABLE',
  ])
}

/**
 * Sends the state of a run, as it is read, or its network in a format.
 *
 * @param name of the file, without format and ending
 * @throws {UnrollError} FORMAT_UNSUITABLE, CHECKPOINT_NOT_FOUND, CHECKPOINT_DAMAGED, CHECKPOINT_UNSUITABLE
 * @throws {ArtifactReadError}
 */
export async function replyWithContent(
  { artifacts }: Pick<Services, 'artifacts'>,
  reply: FastifyReply,
  { source, format, name }: { readonly source: Source; readonly format: CheckpointFormat; readonly name: string },
): Promise<FastifyReply> {
  const { mediaType, extension } = CHECKPOINT_FORMATS[format]
  const kind = format === DEFAULT ? '' : `-${format}`
  reply.type(mediaType).header('content-disposition', `attachment; filename="${name}${kind}.${extension}"`)
  const send = (bytes: number, sha256: string, body: AsyncIterable<Uint8Array> | Uint8Array) =>
    reply
      .header('content-length', bytes)
      .header('etag', `"${sha256}"`)
      .header('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`)
      .send(body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false }))
  const { checkpoint } = source
  if (format === 'state') return send(checkpoint.bytes, checkpoint.sha256, await openState(artifacts, checkpoint))
  const file = await exportCheckpoint(artifacts, source, format)
  return send(file.length, createHash('sha256').update(file).digest('hex'), file)
}
