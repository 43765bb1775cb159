import { UnrollError } from '@unroll/contract'

const LONGEST_SEQUENCE = 4

/**
 * Decodes UTF-8 that arrives in chunks of any length.
 *
 * @throws {UnrollError} DATASET_NOT_UTF8, with the offset of the first invalid byte
 */
export class Utf8Decoder {
  readonly #decoder = strictDecoder()
  /** The last bytes of a chunk, in which a character may have started. */
  #tail: Uint8Array = new Uint8Array()
  /** Bytes before `#tail`. */
  #offset = 0

  decode(chunk: Uint8Array): string {
    const recent = joined(this.#tail, chunk)
    try {
      const text = this.#decoder.decode(chunk, { stream: true })
      this.#keepTailOf(recent, chunk.length)
      return text
    } catch (cause) {
      throw this.#notUtf8(recent, cause)
    }
  }

  /** Whether a character has begun that is not complete. */
  get isInside(): boolean {
    const lead = this.#tail.findLastIndex((byte) => (byte & 0xc0) !== 0x80)
    const byte = this.#tail[lead] ?? 0
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return lead >= 0 && this.#tail.length - lead < length
  }

  /** Passes over bytes that are characters each, which follow one that is complete. */
  skipAscii(chunk: Uint8Array): void {
    this.#keepTailOf(joined(this.#tail, chunk.subarray(-LONGEST_SEQUENCE)), chunk.length)
  }

  /** @throws {UnrollError} DATASET_NOT_UTF8, when the text ends inside a character */
  end(): void {
    try {
      this.#decoder.decode()
    } catch (cause) {
      throw this.#notUtf8(this.#tail, cause)
    }
  }

  /** @param come bytes since the tail before */
  #keepTailOf(recent: Uint8Array, come: number): void {
    const end = this.#offset + this.#tail.length + come
    this.#tail = recent.slice(-LONGEST_SEQUENCE)
    this.#offset = end - this.#tail.length
  }

  #notUtf8(recent: Uint8Array, cause: unknown): UnrollError {
    const at = firstFault(recent, this.#offset > 0)
    const offset = this.#offset + at
    const byte = `0x${(recent[at] ?? 0).toString(16).padStart(2, '0')}`
    return new UnrollError('DATASET_NOT_UTF8', `Cannot read the text: it must be UTF-8, and is not at byte ${offset}`, {
      faults: [
        {
          pointer: '',
          detail: `Must be UTF-8: byte ${offset} is ${byte}, which no character has there`,
          value: offset,
        },
      ],
      cause,
    })
  }
}

/** Without the option, the decoder would drop a byte order mark and not count it. */
function strictDecoder(): InstanceType<typeof TextDecoder> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
}

function joined(head: Uint8Array, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + rest.length)
  bytes.set(head)
  bytes.set(rest, head.length)
  return bytes
}

/** Offset of the first invalid sequence; the last `cut` bytes may be the start of a valid character. */
function firstFault(bytes: Uint8Array, cut: boolean): number {
  const start = cut ? bytes.findIndex((byte, at) => at === LONGEST_SEQUENCE - 1 || (byte & 0xc0) !== 0x80) : 0
  let [good, bad] = [start, bytes.length + 1] // the first `good` bytes are the start of some UTF-8 text, the first `bad` bytes are not
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (isUtf8(bytes.subarray(start, middle), { open: true })) good = middle
    else bad = middle
  }
  while (good > start && !isUtf8(bytes.subarray(start, good), { open: false })) good -= 1
  return good
}

/** Whether the bytes are UTF-8; with `open` they may end inside a character. */
function isUtf8(bytes: Uint8Array, { open }: { open: boolean }): boolean {
  try {
    strictDecoder().decode(bytes, { stream: open })
    return true
  } catch {
    return false
  }
}
