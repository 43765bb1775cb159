// Message.fbs and Schema.fbs of Arrow's format 1.5: the tables that may be in a message.

import type { Slot, Table } from './flatbuffer.ts'

const [BYTE, SHORT, INT, LONG] = [{ bytes: 1 }, { bytes: 2 }, { bytes: 4 }, { bytes: 8 }] as const
const LONGS: Slot = { vector: 8 }
/** Of two longs: of a node its length and nulls, of a buffer its place and length. */
const PAIRS: Slot = { vector: 16 }

const KEY_VALUE: Table = ['string', 'string']
const INTEGER: Table = [INT, BYTE]
const ENCODING: Table = [LONG, { table: () => INTEGER }, BYTE, SHORT]

/** What is said of each type, by the number of the type. */
const TYPES: Readonly<Record<number, Table>> = {
  2: INTEGER,
  3: [SHORT], // FloatingPoint
  7: [INT, INT, INT], // Decimal
  8: [SHORT], // Date
  9: [SHORT, INT], // Time
  10: [SHORT, 'string'], // Timestamp
  11: [SHORT], // Interval
  14: [SHORT, { vector: 4 }], // Union
  15: [INT], // FixedSizeBinary
  16: [INT], // FixedSizeList
  17: [BYTE], // Map
  18: [SHORT], // Duration
}

const FIELD: Table = [
  'string',
  BYTE,
  BYTE,
  { union: TYPES },
  { table: () => ENCODING },
  { tables: () => FIELD },
  { tables: () => KEY_VALUE },
]
const SCHEMA: Table = [SHORT, { tables: () => FIELD }, { tables: () => KEY_VALUE }, LONGS]
const COMPRESSION: Table = [BYTE, BYTE]
const RECORD_BATCH: Table = [LONG, PAIRS, PAIRS, { table: () => COMPRESSION }, LONGS]
const DICTIONARY_BATCH: Table = [LONG, { table: () => RECORD_BATCH }, BYTE]

const BLOCK_BYTES = 24
/** Of a message in a file: its place, and the lengths of its two parts. */
const BLOCKS: Slot = { vector: BLOCK_BYTES }

/** What stands at the end of a file. */
export const FOOTER: Table = [SHORT, { table: () => SCHEMA }, BLOCKS, BLOCKS, { tables: () => KEY_VALUE }]
/** Slots of the footer. */
const [SCHEMA_SLOT, ...BLOCK_SLOTS] = [1, 2, 3] as const

/** The table of a message up to where it points to its header: version 5, a schema, without a body. */
const SCHEMA_MESSAGE = Buffer.alloc(32)
for (const [at, word] of [16, 0, 12, 12, 4, 6, 8, 0].entries()) SCHEMA_MESSAGE.writeUInt16LE(word, 2 * at)
SCHEMA_MESSAGE.writeInt32LE(12, 16)
SCHEMA_MESSAGE.writeInt16LE(4, 20)
SCHEMA_MESSAGE.writeUInt8(1, 22)
const HEADER_AT = 24

/**
 * The schema of a file as the metadata of a message: the footer behind a table that points into it. Not all writers put this message into
 * the file as well, where a stream has it.
 *
 * @param footer that was checked
 * @throws {Error} where it has none
 */
export function wrapSchema(footer: Buffer): Buffer {
  const schema = findTarget(footer, SCHEMA_SLOT)
  if (schema === undefined) throw new Error('its footer has no schema')
  const message = Buffer.concat([SCHEMA_MESSAGE, footer, Buffer.alloc(-footer.length & 7)])
  message.writeUInt32LE(SCHEMA_MESSAGE.length + schema - HEADER_AT, HEADER_AT)
  return message
}

/** Where the messages of a file begin: those of dictionaries, then those of rows. @param footer that was checked */
export function listPlaces(footer: Buffer): number[] {
  return BLOCK_SLOTS.flatMap((slot) => {
    const blocks = findTarget(footer, slot)
    if (blocks === undefined) return []
    const count = footer.readUInt32LE(blocks)
    return Array.from({ length: count }, (_, nth) => Number(footer.readBigInt64LE(blocks + 4 + nth * BLOCK_BYTES)))
  })
}

/** What a slot of the footer points to; undefined where it has nothing. */
function findTarget(footer: Buffer, slot: number): number | undefined {
  const table = footer.readUInt32LE(0)
  const slots = table - footer.readInt32LE(table)
  const at = 4 + 2 * slot
  const place = footer.readUInt16LE(slots) < at + 2 ? 0 : footer.readUInt16LE(slots + at)
  return place === 0 ? undefined : table + place + footer.readUInt32LE(table + place)
}

/** A message of Arrow IPC: its version, what it is, and the bytes of its body. */
export const MESSAGE: Table = [
  SHORT,
  BYTE,
  { union: { 1: SCHEMA, 2: DICTIONARY_BATCH, 3: RECORD_BATCH } },
  LONG,
  { tables: () => KEY_VALUE },
]
