// Event, Summary, HistogramProto and TensorProto of tensorboard/compat/proto/{event,summary,histogram,tensor}.proto, of which
// only the fields below are needed.

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Histogram } from '../histogram.ts'

type Write = (writer: BinaryWriter) => void

const FILE_VERSION = 'brain.Event:2'
const DOUBLE = 2
const STRING = 7
const OF_TENSORS = 2

/** The event that a file begins with. */
export function versionEvent(time: number): Uint8Array {
  return event({ time, step: 0 }, (writer) => void writer.tag(3, WireType.LengthDelimited).string(FILE_VERSION))
}

/** The values of a step, all with one time in milliseconds. */
export function summaryEvent(at: { time: number; step: number }, values: readonly Write[]): Uint8Array {
  return event(at, (writer) => message(writer, 5, (summary) => values.forEach((value) => message(summary, 1, value))))
}

function event({ time, step }: { time: number; step: number }, what: Write): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.Bit64).double(time / 1_000) // wall_time
  writer.tag(2, WireType.Varint).int64(step)
  what(writer)
  return writer.finish()
}

/** A number, which TensorBoard has as float32. */
export function scalarValue(tag: string, value: number): Write {
  return (writer) => {
    writer.tag(1, WireType.LengthDelimited).string(tag)
    writer.tag(2, WireType.Bit32).float(Math.fround(value)) // simple_value
  }
}

export function histogramValue(tag: string, { min, max, count, sum, squares, edges, counts }: Histogram): Write {
  return (writer) => {
    writer.tag(1, WireType.LengthDelimited).string(tag)
    message(writer, 5, (histogram) => {
      for (const [field, value] of [min, max, count, sum, squares].entries())
        histogram.tag(field + 1, WireType.Bit64).double(value)
      doubles(histogram, 6, edges) // bucket_limit
      doubles(histogram, 7, counts) // bucket
    })
  }
}

/** A vector of float64. */
export function vectorValue(tag: string, values: readonly number[]): Write {
  return (writer) => {
    writer.tag(1, WireType.LengthDelimited).string(tag)
    message(writer, 8, (tensor) => {
      writeType(tensor, DOUBLE, values.length)
      const content = new DataView(new ArrayBuffer(8 * values.length))
      for (const [at, value] of values.entries()) content.setFloat64(8 * at, value, true)
      tensor.tag(4, WireType.LengthDelimited).bytes(new Uint8Array(content.buffer)) // tensor_content
    })
  }
}

/** Markdown of the Text tab. */
export function textValue(tag: string, text: string): Write {
  return (writer) => {
    writer.tag(1, WireType.LengthDelimited).string(tag)
    message(writer, 9, (metadata) => {
      message(metadata, 1, (plugin) => void plugin.tag(1, WireType.LengthDelimited).string('text'))
      metadata.tag(4, WireType.Varint).int32(OF_TENSORS) // data_class
    })
    message(writer, 8, (tensor) => {
      writeType(tensor, STRING, 1)
      tensor.tag(8, WireType.LengthDelimited).bytes(new TextEncoder().encode(text)) // string_val
    })
  }
}

function writeType(tensor: BinaryWriter, type: number, size: number): void {
  tensor.tag(1, WireType.Varint).int32(type)
  message(tensor, 2, (shape) => message(shape, 2, (dimension) => void dimension.tag(1, WireType.Varint).int64(size)))
}

function doubles(writer: BinaryWriter, field: number, values: readonly number[]): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  for (const value of values) writer.double(value)
  writer.join()
}

function message(writer: BinaryWriter, field: number, body: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  body(writer)
  writer.join()
}
