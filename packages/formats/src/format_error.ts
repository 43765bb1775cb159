/** Bytes that are not a file of the format they are read as. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
}
