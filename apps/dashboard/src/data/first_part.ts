import { FORMAT_NAMES, type DatasetFormat } from '@unroll/client'

/** Bytes of a large file that a preview reads. */
export const PREVIEW_BYTES: number = 16 * 2 ** 20

const LINE_END = 0x0a
const QUOTE = 0x22

/**
 * The part of a file that a preview sends: all of a small one, the first lines of a large one. A format that is not made
 * of lines can only be read as a whole.
 */
export async function takeFirstPart(file: Blob, format: DatasetFormat, most: number = PREVIEW_BYTES): Promise<Blob> {
  if (file.size <= most || !FORMAT_NAMES[format].isLines) return file
  const bytes = new Uint8Array(await file.slice(0, most).arrayBuffer())
  const end = findEndOfLines(bytes, format === 'csv' || format === 'tsv')
  return end === 0 ? file : file.slice(0, end)
}

/** The end of the last whole line; 0 without any. @param isQuoted whether a line end between quotes belongs to a cell */
export function findEndOfLines(bytes: Uint8Array, isQuoted: boolean): number {
  if (!isQuoted) return bytes.lastIndexOf(LINE_END) + 1
  let isInside = false
  let end = 0
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === QUOTE) isInside = !isInside
    else if (bytes[at] === LINE_END && !isInside) end = at + 1
  }
  return end
}
