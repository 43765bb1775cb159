declare module 'lz4js' {
  function decompress(frame: Uint8Array, maxSize?: number): Uint8Array
  export default { decompress }
}
