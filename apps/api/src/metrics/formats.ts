import { encodeTable, type TableColumn } from '@unroll/history'
import { UnrollError } from '@unroll/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { preferred } from './accept.ts'

const JSON_TYPE = 'application/json'

/** Columns of one length, in their order. */
export type Table = readonly TableColumn[]

/** Encoders of tables by their media type. */
const WRITERS: Record<string, (table: Table) => Buffer> = {
  'application/vnd.apache.arrow.stream': (table) => Buffer.from(encodeTable(table)),
  'text/csv': csv,
}

/** Media types of the numbers of a run; the first is the default. */
export const FORMATS: readonly string[] = [JSON_TYPE, ...Object.keys(WRITERS)]

/** The encoding of a response. */
export interface Format {
  type: string
  /** Distinguishes its `ETag` from those of the other formats. */
  tag: string
}

/** The format that a request selects with `Accept`. @throws {UnrollError} NOT_ACCEPTABLE */
export function formatFor({ headers: { accept } }: FastifyRequest, reply: FastifyReply): Format {
  reply.header('vary', 'accept, origin')
  const type = preferred(accept, FORMATS)
  if (type === undefined)
    throw new UnrollError('NOT_ACCEPTABLE', `Cannot answer as "${accept}"`, {
      faults: [
        {
          pointer: 'accept',
          detail: `Must name one of ${FORMATS.join(', ')}: current value is "${accept}"`,
          value: accept,
        },
      ],
    })
  return { type, tag: type === JSON_TYPE ? '' : `.${type}` }
}

/** Whether a format consists of lines with the same columns. */
export function isTable({ type }: Format): boolean {
  return type !== JSON_TYPE
}

/** The response in a format: unchanged in JSON, as a table in the others. */
export function written<Answer>({ type }: Format, answer: Answer, tableOf: (answer: Answer) => Table): Buffer {
  const write = WRITERS[type]
  return write === undefined ? Buffer.from(JSON.stringify(answer)) : write(tableOf(answer))
}

/** Non-finite numbers are names, absent values are empty. */
function csv(table: Table): Buffer {
  const rows = table[0]?.values.length ?? 0
  const lines = Array.from({ length: rows }, (_, at) => table.map((column) => text(column, at)).join(','))
  return Buffer.from(`${[table.map(({ name }) => name).join(','), ...lines].join('\r\n')}\r\n`)
}

function text({ values, present }: TableColumn, at: number): string {
  const value = values[at]
  if (value === undefined || present?.[at] === 0) return ''
  return Object.is(value, -0) ? '-0' : String(value)
}
