/** Bound of the fields and items of a JSON body at all depths: the largest valid sweep has a few thousand. */
export const MAX_VALUES = 10_000
/** Bound of the nesting of objects and lists: a sweep has eight levels. */
export const MAX_DEPTH = 32

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c]
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * The bound that a JSON text exceeds; undefined if it may be parsed. The parser needs a hundred times as long for a
 * byte of many small fields as for a byte of a long string, so that the number of bytes alone does not bound the work.
 */
export function findExcess(text: string, mostValues: number = MAX_VALUES): string | undefined {
  let [values, depth] = [1, 0]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) at = endOfString(text, at)
    else if (unit === COMMA) values++
    else if (unit === LIST || unit === OBJECT) {
      values++
      depth++
    } else if (unit === LIST_END || unit === OBJECT_END) depth--
    if (depth > MAX_DEPTH) return `Must be JSON nested at most ${MAX_DEPTH} deep`
    if (values > mostValues) return `Must be JSON of at most ${mostValues} fields and items in all`
  }
  return undefined
}

/** The end of the string that starts at `start`: its closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at === -1) return text.length
    let before = at - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    if ((at - before) % 2 === 1) return at // an even number of backslashes escape each other
  }
}
