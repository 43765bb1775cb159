/** The error for bytes that are not a file of the expected format. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
}
