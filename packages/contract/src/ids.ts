/** Prefixes of ids, by what they name. */
export const ID_PREFIXES = {
  job: 'job',
  dataset: 'ds',
  event: 'evt',
  worker: 'wrk',
  checkpoint: 'ckpt',
  session: 'sess',
  sweep: 'sweep',
  evaluation: 'eval',
  replay: 'replay',
  prediction: 'pred',
  modelVersion: 'mdl',
  key: 'key',
  weights: 'wts',
} as const

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
const TIME_DIGITS = 9 // base 36 milliseconds: enough until the year 5188
const RANDOM_DIGITS = 11 // 56 bits

/**
 * A new id, such as `job_m3k9…`: prefix, then time and randomness in base 36, so that ids sort by creation.
 *
 * @param now milliseconds since 1970
 * @param random bytes, at least 11
 */
export function newId(kind: keyof typeof ID_PREFIXES, now: number, random: Uint8Array): string {
  const time = Math.floor(now).toString(36).padStart(TIME_DIGITS, '0')
  const rest = Array.from(random.subarray(0, RANDOM_DIGITS), (byte) => ALPHABET[byte % ALPHABET.length]).join('')
  return `${ID_PREFIXES[kind]}_${time}${rest}`
}

/** The pattern that ids of a kind match. */
export function idPattern(kind: keyof typeof ID_PREFIXES): string {
  return `^${ID_PREFIXES[kind]}_[0-9a-z]{${TIME_DIGITS + RANDOM_DIGITS}}$`
}

/** A checkpoint of a job by its id, or by what it is among them. */
export const CHECKPOINT_CHOICE: string = `^best$|^latest$|${idPattern('checkpoint')}`
/** Names of registered models, which are parts of URLs. */
export const MODEL_NAME = '^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$'
/** Of a version of a model. Begins with a letter: a number is a version. */
export const ALIAS = '^[a-z][a-z0-9_-]{0,31}$'
/** A version by its number or by an alias. */
export const MODEL_VERSION: string = String.raw`^[1-9]\d{0,8}$|${ALIAS}`
