import { createHash } from 'node:crypto'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { FormatError } from '@unroll/formats'
import { ModelProtoSchema, type ModelProto } from 'onnx-buf'
import { FACTS } from '../facts.ts'

/** The digest of all that a model has but the text that holds it, in hex. */
export function digestModel(model: ModelProto): string {
  const metadataProps = model.metadataProps.filter(({ key }) => key !== FACTS.digest)
  return createHash('sha256')
    .update(toBinary(ModelProtoSchema, { ...model, metadataProps }))
    .digest('hex')
}

/**
 * The texts of a file of ONNX that we wrote, every byte verified.
 *
 * @throws {FormatError} where it is damaged, or has no digest
 */
export function readOnnxTexts(file: Uint8Array): Readonly<Record<string, string>> {
  const model = parse(file)
  const texts = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))
  const digest = texts[FACTS.digest]
  if (digest === undefined)
    throw new FormatError(`Cannot verify the file as it has no text "${FACTS.digest}": another tool wrote it`)
  // A reader of protobuf takes a field of another wire type for the same, so that equal contents are not yet equal bytes.
  if (digestModel(model) !== digest || Buffer.compare(toBinary(ModelProtoSchema, model), file) !== 0)
    throw new FormatError(`Cannot use the file as its contents are not those of its digest ${digest}: it was changed`)
  return texts
}

function parse(file: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, file)
  } catch (cause) {
    throw new FormatError('Cannot read the file as it is no complete ONNX model', { cause })
  }
}
