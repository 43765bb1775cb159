// A zip of stored files around parts that are mutated: their checksums are right whatever is in them.

import { crc32, inflateRawSync } from 'node:zlib'
import type { Envelope } from '../target.ts'

const CENTRAL = Buffer.from('PK\x01\x02', 'latin1')
const [CENTRAL_BYTES, LOCAL_BYTES] = [46, 30]
const MOST_BYTES = 2 ** 20

interface Entry {
  name: Buffer
  data: Uint8Array
}

export const ZIP: Envelope = {
  open: (input) => listEntries(Buffer.from(input)).map(({ data }) => data),
  close: (parts, input) =>
    zip(listEntries(Buffer.from(input)).map(({ name }, at) => ({ name, data: parts[at] ?? new Uint8Array() }))),
}

function listEntries(file: Buffer): Entry[] {
  const entries: Entry[] = []
  for (let at = file.indexOf(CENTRAL); at >= 0; at = file.indexOf(CENTRAL, at + 1)) {
    const [method, packed, nameBytes] = [
      file.readUInt16LE(at + 10),
      file.readUInt32LE(at + 20),
      file.readUInt16LE(at + 28),
    ]
    const local = file.readUInt32LE(at + 42)
    const start = local + LOCAL_BYTES + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28)
    const data = file.subarray(start, start + packed)
    entries.push({
      name: file.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes),
      data: method === 0 ? data : inflateRawSync(data, { maxOutputLength: MOST_BYTES }),
    })
  }
  return entries
}

/** A zip of stored files. */
export function zip(entries: readonly Entry[]): Buffer {
  const [locals, centrals]: [Buffer[], Buffer[]] = [[], []]
  let offset = 0
  for (const { name, data } of entries) {
    const fields = Buffer.alloc(22)
    fields.writeUInt32LE(crc32(data), 10)
    fields.writeUInt32LE(data.length, 14)
    fields.writeUInt32LE(data.length, 18)
    const lengths = Buffer.alloc(4)
    lengths.writeUInt16LE(name.length, 0)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, lengths, name, data])
    locals.push(local)
    centrals.push(Buffer.concat([CENTRAL, Buffer.alloc(2), fields, lengths, place, name]))
    offset += local.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(
    centrals.reduce((sum, { length }) => sum + length, 0),
    12,
  )
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...centrals, end])
}
