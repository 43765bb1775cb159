import type { Decoding } from '@unroll/contract'

/** How the symbols that a model writes are read as text, one after another. */
export function symbolWriter(model: Decoding): (symbol: string) => string {
  const unit = model.kind === 'text' ? model.unit : undefined
  if (unit === 'word') return (word) => (word === '\n' ? word : `${word} `)
  if (unit !== 'byte') return (symbol) => symbol
  const decoder = new TextDecoder() // a character may have several bytes
  return (byte) => decoder.decode(Uint8Array.of(byte.charCodeAt(0)), { stream: true })
}
