import { DTYPES } from './dtype.ts'
import { FormatError } from './format_error.ts'
import { elements } from './tensor.ts'

/** Larger than every header of ours, and too small to exhaust the memory. */
const MAX_BYTES = 100_000_000
const METADATA = '__metadata__'
const BRACE = 0x7b

/** The location of a tensor's elements: bytes [start, end) after the header. */
export interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

export interface Header {
  readonly entries: readonly (readonly [name: string, entry: Entry])[]
  readonly metadata: Readonly<Record<string, string>>
}

/** Reads a header, whose tensors must fill the following `bodyBytes` exactly. @throws {FormatError} */
export function parseHeader(bytes: Uint8Array, bodyBytes: number): Header {
  const { [METADATA]: metadata = {}, ...tensors } = parseJson(bytes)
  if (!isRecord(metadata) || !Object.values(metadata).every((text) => typeof text === 'string'))
    throw refused(`${METADATA} must hold texts`)
  const entries = Object.entries(tensors).map(([name, entry]) => [name, parseEntry(name, entry)] as const)
  let filled = 0
  for (const [name, { start, end }] of entries.toSorted(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (start !== filled)
      throw refused(`tensor "${name}" starts at byte ${start}, where the one before ends at ${filled}`)
    filled = end
  }
  if (filled !== bodyBytes) throw refused(`its tensors have ${filled} bytes and ${bodyBytes} follow the header`)
  return { entries, metadata: metadata as Header['metadata'] }
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length > MAX_BYTES) throw refused(`the header has ${bytes.length} bytes: at most ${MAX_BYTES} are read`)
  if (bytes[0] !== BRACE) throw refused('the header must begin with "{"')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<string, unknown>
  } catch (cause) {
    throw new FormatError('Cannot read safetensors as the header is not JSON', { cause })
  }
}

function parseEntry(name: string, entry: unknown): Entry {
  if (!isRecord(entry)) throw refused(`tensor "${name}" must be an object`)
  const { dtype, shape, data_offsets: offsets } = entry
  const known = typeof dtype === 'string' && Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined
  if (known === undefined)
    throw refused(`the dtype of tensor "${name}" must be one of ${Object.keys(DTYPES).join()}: it is ${String(dtype)}`)
  if (!isSizes(shape)) throw refused(`the shape of tensor "${name}" must be a list of sizes`)
  if (!isSizes(offsets) || offsets.length !== 2) throw refused(`tensor "${name}" must have two data_offsets`)
  const [start = 0, end = 0] = offsets
  const wanted = elements(shape) * known.bytes
  if (end - start !== wanted)
    throw refused(
      `tensor "${name}" of [${shape.join()}] ${String(dtype)} must have ${wanted} bytes: it has ${end - start}`,
    )
  return { dtype: String(dtype), shape, start, end }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(why: string): FormatError {
  return new FormatError(`Cannot read safetensors as ${why}`)
}
