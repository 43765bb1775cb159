import { below, type Fault } from '@unroll/contract'

/** Half of a surrogate pair: strict JSON parsers refuse a whole text that contains one (RFC 7493, section 2.1). */
const LONE_SURROGATE = /\p{Surrogate}/u
/** Both faults need one of these in the text. */
const SUSPECT = /\\u|__proto__/

/** The part of a parsed JSON text that is valid by the grammar but harmful anywhere; undefined if there is none. */
export function harmIn(text: string, value: unknown): Fault | undefined {
  return SUSPECT.test(text) ? findHarm(value, '') : undefined
}

function findHarm(value: unknown, pointer: string): Fault | undefined {
  if (typeof value === 'string' && LONE_SURROGATE.test(value))
    return { pointer, detail: 'Must be Unicode text: it has half of a surrogate pair' }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    if (name === '__proto__')
      return { pointer: '', detail: `Must be JSON: Field name "__proto__" is not allowed in "${pointer}"` }
    if (LONE_SURROGATE.test(name))
      return { pointer, detail: 'Must have names of Unicode text: one has half of a surrogate pair' }
    const harm = findHarm(inner, below(pointer, name))
    if (harm !== undefined) return harm
  }
  return undefined
}
