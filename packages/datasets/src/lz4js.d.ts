declare module 'lz4js' {
  /** Bytes that a frame unpacks to at most. */
  function decompressBound(frame: Uint8Array): number
  function decompress(frame: Uint8Array, maxSize?: number): Uint8Array
  export default { decompressBound, decompress }
}
