const [BASIS, PRIME] = [0xcbf29ce484222325n, 0x100000001b3n]

/**
 * The key under which a file is uploaded in parts. It is the same when the same file is uploaded again in the same way, also after
 * the page was closed, so that the upload goes on where it broke off.
 */
export function makeUploadKey(
  { name, size, lastModified }: Pick<File, 'name' | 'size' | 'lastModified'>,
  query: object,
): string {
  return `page-${size}-${lastModified}-${hash(JSON.stringify([name, query]))}`
}

/** FNV-1a of 64 bits: it tells apart what one person uploads; `crypto.subtle` is missing on pages over plain HTTP. */
function hash(text: string): string {
  let state = BASIS
  for (const byte of new TextEncoder().encode(text)) state = BigInt.asUintN(64, (state ^ BigInt(byte)) * PRIME)
  return state.toString(16).padStart(16, '0')
}
