// No name starts with a dot: this excludes ".." and unfinished files from all keys.
const NAME = '[A-Za-z0-9_][A-Za-z0-9._-]*'
const KEY = new RegExp(`^${NAME}(?:/${NAME})*$`)
const LONGEST = 512

export function isKey(key: string): boolean {
  return KEY.test(key) && key.length <= LONGEST
}

/** The names of a key. @throws {RangeError} when it is no key */
export function splitKey(key: string): string[] {
  if (!isKey(key))
    throw new RangeError(
      `Cannot name an artifact as a key must be at most ${LONGEST} letters, digits, ".", "_", "-" and "/", no name starting with ".": current value is ${JSON.stringify(key)}`,
    )
  return key.split('/')
}
