import type { TracedPart, TracedSequence } from '@unroll/contract'

/** A trace as it is handed on: the numbers of its layers as float32, little endian, in base64. */
export interface PackedTrace extends Omit<TracedSequence, 'layers'> {
  layers: ({ name: string } & Record<TracedPart, Record<string, string>>)[]
}

export function packTrace({ layers, ...trace }: TracedSequence): PackedTrace {
  return { ...trace, layers: layers.map(({ name, ...parts }) => ({ name, ...mapParts(parts, packNumbers) })) }
}

export function unpackTrace({ layers, ...trace }: PackedTrace): TracedSequence {
  return { ...trace, layers: layers.map(({ name, ...parts }) => ({ name, ...mapParts(parts, unpackNumbers) })) }
}

function mapParts<From, To>(
  layer: Record<TracedPart, Record<string, From>>,
  change: (values: From) => To,
): Record<TracedPart, Record<string, To>> {
  const each = (all: Record<string, From>) =>
    Object.fromEntries(Object.entries(all).map(([name, values]) => [name, change(values)]))
  return { gates: each(layer.gates), states: each(layer.states), gradients: each(layer.gradients) }
}

function packNumbers(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * Float32Array.BYTES_PER_ELEMENT)
  for (const [at, value] of values.entries()) bytes.writeFloatLE(value, at * Float32Array.BYTES_PER_ELEMENT)
  return bytes.toString('base64')
}

function unpackNumbers(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  return Float32Array.from({ length: bytes.length / Float32Array.BYTES_PER_ELEMENT }, (_, at) =>
    bytes.readFloatLE(at * Float32Array.BYTES_PER_ELEMENT),
  )
}
