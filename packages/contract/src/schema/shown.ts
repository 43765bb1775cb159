const LONGEST = 80

/** A value in an error message: JSON, shortened if it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > LONGEST ? `${cut(text, LONGEST - 3)}…` : text
}

/** At most the first `length` UTF-16 code units of a text, without half of a surrogate pair. */
export function cut(text: string, length: number): string {
  const isHighSurrogate = (text.charCodeAt(length - 1) & 0xfc00) === 0xd800
  return text.slice(0, text.length > length && isHighSurrogate ? length - 1 : length)
}
