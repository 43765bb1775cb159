import { isUtf8 } from 'node:buffer'

/** Bytes that follow the first of a character, at most. */
const MOST_FOLLOWING = 3

/** Bytes at the end of a text that begin a character and do not end it. */
export function countUnfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(MOST_FOLLOWING, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return length > back ? back : 0
  }
  return 0
}

/** Offset of the first byte that is in no character, of bytes that are not UTF-8; where one breaks off, of its first. */
export function findBadByte(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length + 1] // the first `good` bytes may be the start of a text, the first `bad` cannot
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (beginsText(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  while (!isUtf8(bytes.subarray(0, good))) good -= 1
  return good
}

/** Whether the bytes are UTF-8 but for some at their end. */
function beginsText(bytes: Uint8Array): boolean {
  for (let cut = 0; cut <= Math.min(MOST_FOLLOWING, bytes.length); cut++)
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return true
  return false
}
