// A file of weights as it comes in: named tensors and the texts beside them. Nothing in it is trusted.

import type { HostTensor } from '@unroll/bptt'
import { DECODING_TEXT, UnrollError, isMeaning, type Meaning, type WeightsFormat } from '@unroll/contract'
import { decodeHdf5, decodeSafetensors, encodeHdf5, FormatError, isHdf5, type NamedTensors } from '@unroll/formats'
import { digestContents } from '../digest.ts'
import { FACTS } from '../facts.ts'
import { splitKeras } from '../keras.ts'
import { isZip, unzipEntry } from './zip.ts'

export interface WeightsFile {
  readonly format: WeightsFormat
  /** All of floating-point numbers. */
  readonly tensors: Readonly<Record<string, HostTensor>>
  readonly texts: Readonly<Record<string, string>>
  /** What its inputs and outputs mean, where it says so. */
  readonly meaning: Meaning | undefined
}

interface Reader {
  readonly format: WeightsFormat
  /** Whether a file begins as those of the format do. */
  readonly recognises: (file: Uint8Array) => boolean
  readonly read: (file: Uint8Array) => { readonly tensors: NamedTensors; readonly texts: WeightsFile['texts'] }
}

const BRACE = 0x7b
const HEADER_AT = 8
/** In `.keras`. */
const KERAS_WEIGHTS = 'model.weights.h5'

/** Of every format that weights are read from. */
const READERS: readonly Reader[] = [
  {
    format: 'safetensors',
    recognises: (file) => file[HEADER_AT] === BRACE,
    read: (file) => {
      const { tensors, metadata } = decodeSafetensors(file)
      return { tensors, texts: metadata }
    },
  },
  { format: 'keras', recognises: isHdf5, read: readKeras },
  { format: 'keras', recognises: isZip, read: (file) => readKeras(unzipEntry(file, KERAS_WEIGHTS)) },
]

/** Of the moments of an optimizer of Keras, which is none of ours. */
const OPTIMIZER = /^optimizer\//

function readKeras(file: Uint8Array): ReturnType<Reader['read']> {
  const arrays = decodeHdf5(file)
  const { tensors, texts } = splitKeras(arrays)
  // Most of a small file of HDF5 is room that no reader looks at.
  if (texts[FACTS.digest] !== undefined && Buffer.compare(encodeHdf5(arrays), file) !== 0) throw changed()
  return { tensors: Object.fromEntries(Object.entries(tensors).filter(([path]) => !OPTIMIZER.test(path))), texts }
}

/** Whether a file begins as one that weights are read from. */
export function isWeightsFile(file: Uint8Array): boolean {
  return READERS.some(({ recognises }) => recognises(file))
}

/** @throws {UnrollError} WEIGHTS_INVALID with the reason */
export function readWeights(file: Uint8Array): WeightsFile {
  const reader = READERS.find(({ recognises }) => recognises(file))
  if (reader === undefined) throw invalid('it is none of safetensors, .weights.h5 and .keras: those begin otherwise')
  try {
    const { tensors, texts } = reader.read(file)
    refuseChanged(tensors, texts)
    return { format: reader.format, tensors: keepFloats(tensors), texts, meaning: readMeaning(texts) }
  } catch (error) {
    throw error instanceof FormatError ? invalid(error.message, error) : error
  }
}

/** An exported file says what its digest is; that of another tool does not. @throws {FormatError} where it is another */
export function refuseChanged(tensors: NamedTensors, texts: Readonly<Record<string, string>>): void {
  const digest = texts[FACTS.digest]
  const isExported = digest !== undefined || texts[FACTS.format] !== undefined
  if (isExported && digest !== digestContents(tensors, texts)) throw changed()
}

function changed(): FormatError {
  return new FormatError(
    'Cannot read the file as its contents are not those of its digest: it is damaged or was changed',
  )
}

/** @throws {FormatError} where the text is none of ours */
function readMeaning({ [DECODING_TEXT]: json }: WeightsFile['texts']): Meaning | undefined {
  if (json === undefined) return undefined
  const meaning = parseJson(json)
  if (!isMeaning(meaning))
    throw new FormatError(`Cannot read the file as its text "${DECODING_TEXT}" does not say what the network reads`)
  return meaning
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Parameters are numbers; a module may keep a counter beside them, which is left. */
function keepFloats(tensors: NamedTensors): WeightsFile['tensors'] {
  const floats = Object.entries(tensors).filter(
    (entry): entry is [string, HostTensor] =>
      entry[1].data instanceof Float32Array || entry[1].data instanceof Float64Array,
  )
  if (floats.length === 0) throw new FormatError('Cannot read the file as it has no tensor of F32 or F64')
  return Object.fromEntries(floats)
}

function invalid(why: string, cause?: unknown): UnrollError {
  return new UnrollError('WEIGHTS_INVALID', `Cannot read the file of weights: ${why}`, {
    faults: [{ pointer: '', detail: why }],
    cause,
  })
}
