// Parquet around its values and its footer, which are mutated: the footer is found whatever is in it, and values stay where it says.

import type { Envelope } from '../target.ts'

const MARK = Buffer.from('PAR1')
const LENGTH_BYTES = 4

export const FOOTED: Envelope = {
  open: (input) => {
    const { values, footer } = split(input)
    return [values, footer]
  },
  close: ([values = new Uint8Array(), footer = new Uint8Array()], input) => {
    const kept = Buffer.alloc(split(input).values.length)
    kept.set(values.subarray(0, kept.length))
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32LE(footer.length)
    return Buffer.concat([MARK, kept, footer, length, MARK])
  },
}

function split(input: Uint8Array): { values: Uint8Array; footer: Uint8Array } {
  const file = Buffer.from(input)
  const end = file.length - MARK.length - LENGTH_BYTES
  const at = end - file.readUInt32LE(end)
  if (at < MARK.length) throw new RangeError('its footer is not in it')
  return { values: file.subarray(MARK.length, at), footer: file.subarray(at, end) }
}
