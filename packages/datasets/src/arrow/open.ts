import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { DatasetField, SequenceSchema } from '@unroll/contract'
import { Message } from 'apache-arrow'
import { Footer, type FileBlock } from 'apache-arrow/ipc/metadata/file'
import { Categories } from '../columns/categories.ts'
import { MISSING_ID } from '../columns/category_column.ts'
import { METADATA, bufferPlaces, type BufferPlaces } from './layout.ts'

/** The sequences of a data set in a file, read where they are asked for. Every call reads at once. */
export interface SequenceFile {
  readonly schema: SequenceSchema
  /** Steps of each sequence, in order: T_n. */
  readonly lengths: Int32Array
  /** A field of which each sequence has one value, or `width`: n × width numbers, NaN where one is missing. @throws {RangeError} */
  numbers(field: string): Float64Array
  /**
   * The class of each sequence by its id in the order of first appearance, −1 where it is missing. Of a field of numbers
   * each different one is a class.
   *
   * @throws {RangeError} when there is no such field
   */
  categories(field: string): Int32Array
  /** The values of a field's categories by id, all of them. @throws {RangeError} */
  names(field: string): string[]
  /** Numbers of a sequence's steps [start, end): steps × width, NaN where one is missing. @throws {RangeError} */
  stepNumbers(index: number, field: string, start: number, end: number): Float64Array
  /**
   * Ids of the symbols or classes at a sequence's steps [start, end), −1 where one is missing. Of a field of whole numbers
   * each different one is a class.
   *
   * @throws {RangeError}
   */
  stepCategories(index: number, field: string, start: number, end: number): Int32Array
  close(): void
}

/** A record batch, as far as it takes to read from it. */
interface Batch {
  /** Index of its first sequence. */
  first: number
  /** How many it has. */
  count: number
  /** Where each buffer starts in the file. */
  buffers: Float64Array
}

const NUMBER_BYTES = 8
const ID_BYTES = 4
/** Length of the footer, and the magic bytes. */
const TAIL_BYTES = 10
/** What stands before the metadata of a message: a mark and its length. */
const PREFIX_BYTES = 8

/**
 * Opens the Arrow file of a data set. Of it is held where the sequences are; values are read when they are asked for.
 *
 * @throws {RangeError} when it is no such file
 */
export function openSequences(path: string): SequenceFile {
  return new OpenSequences(path)
}

class OpenSequences implements SequenceFile {
  readonly schema: SequenceSchema
  readonly lengths: Int32Array
  readonly #file: number
  readonly #places: ReadonlyMap<string, BufferPlaces>
  readonly #fields: ReadonlyMap<string, DatasetField>
  readonly #batches: readonly Batch[]
  /** Where each sequence starts among the steps of its batch. */
  readonly #starts: Int32Array
  readonly #dictionaries: readonly FileBlock[]
  /** Of fields of whole numbers at each step: the id of each number. */
  readonly #classIds = new Map<string, ReadonlyMap<number, number>>()

  constructor(path: string) {
    this.#file = openSync(path, 'r')
    try {
      const footer = this.#readFooter(path)
      this.schema = JSON.parse(footer.schema.metadata.get(METADATA) ?? 'null') as SequenceSchema
      if (this.schema === null) throw notSequences(path)
      this.#places = bufferPlaces(this.schema.fields)
      this.#fields = new Map(this.schema.fields.map((field) => [field.name, field]))
      this.#dictionaries = Array.from(footer.dictionaryBatches())
      this.#batches = this.#readBatches(footer)
      this.lengths = new Int32Array(this.schema.sequences)
      this.#starts = new Int32Array(this.schema.sequences)
      this.#readOffsets()
    } catch (error) {
      this.close()
      throw error
    }
  }

  numbers(name: string): Float64Array {
    const field = this.#fieldOf(name, 'sequence')
    if (field.type !== 'number') return this.#numerals(name)
    const values = new Float64Array(this.schema.sequences * field.width)
    for (const { first, count, buffers } of this.#batches) {
      const part = values.subarray(first * field.width, (first + count) * field.width)
      this.#read(part, buffers[this.#findPlace(name).values] ?? 0)
    }
    return values
  }

  categories(name: string): Int32Array {
    const field = this.#fieldOf(name, 'sequence')
    if (field.type === 'number') return toIds(this.numbers(name))
    const ids = new Int32Array(this.schema.sequences)
    for (const { first, count, buffers } of this.#batches)
      this.#read(ids.subarray(first, first + count), buffers[this.#findPlace(name).values] ?? 0)
    return ids
  }

  names(name: string): string[] {
    const field = this.#fieldOf(name)
    if (field.type === 'number' && field.per === 'step') return field.categories.map(({ value }) => value)
    if (field.type === 'number') return Array.from(toClasses(this.numbers(name)).values(), String)
    const id = this.schema.fields.indexOf(field)
    for (const block of this.#dictionaries) {
      const header = this.#decodeMessage(block).header() as { id: number; data: Header }
      if (header.id === id) return this.#readTexts(header.data, block.offset + block.metaDataLength)
    }
    throw new RangeError(`Cannot name the categories of field "${name}" as it has none`)
  }

  stepNumbers(index: number, name: string, start: number, end: number): Float64Array {
    const { width } = this.#fieldOf(name, 'step', 'number')
    const values = new Float64Array(Math.max(0, end - start) * width)
    this.#read(values, this.#stepPlace(index, name, start, end) + this.#stepAt(index, start) * width * NUMBER_BYTES)
    return values
  }

  stepCategories(index: number, name: string, start: number, end: number): Int32Array {
    const field = this.#fieldOf(name, 'step')
    if (field.type === 'number') return this.#stepClasses(index, field, start, end)
    const ids = new Int32Array(Math.max(0, end - start))
    this.#read(ids, this.#stepPlace(index, name, start, end) + this.#stepAt(index, start) * ID_BYTES)
    return ids
  }

  close(): void {
    closeSync(this.#file)
  }

  /** Whole numbers by their place among the categories of their field. */
  #stepClasses(index: number, { name, categories }: DatasetField, start: number, end: number): Int32Array {
    const ids = this.#classIds.get(name) ?? new Map(categories.map(({ value }, id) => [Number(value), id]))
    this.#classIds.set(name, ids)
    return Int32Array.from(this.stepNumbers(index, name, start, end), (number) => ids.get(number) ?? MISSING_ID)
  }

  /** Classes that are numerals, as numbers. */
  #numerals(name: string): Float64Array {
    const numbers = this.names(name).map((text) => (text.trim() === '' ? NaN : Number(text)))
    return Float64Array.from(this.categories(name), (id) => (id === MISSING_ID ? NaN : (numbers[id] ?? NaN)))
  }

  #fieldOf(name: string, per?: DatasetField['per'], type?: DatasetField['type']): DatasetField {
    const field = this.#fields.get(name)
    const isThat =
      field !== undefined && (per === undefined || field.per === per) && (type === undefined || field.type === type)
    if (isThat && !(per === 'sequence' && field.type === 'identifier')) return field
    const wanted = [type ?? 'value', per === undefined ? '' : `of each ${per}`].join(' ').trim()
    throw new RangeError(`Cannot read field "${name}" as it is no ${wanted} of the data set`)
  }

  #findPlace(name: string): BufferPlaces {
    return this.#places.get(name) ?? { offsets: undefined, values: 0 }
  }

  /** Where the values of the batch of a sequence start. */
  #stepPlace(index: number, name: string, start: number, end: number): number {
    const length = this.lengths[index]
    if (length === undefined || start < 0 || end > length || start > end)
      throw new RangeError(
        `Cannot read steps ${start} to ${end} of sequence ${index} as it has ${length ?? 'no'} steps`,
      )
    return this.#createBatch(index).buffers[this.#findPlace(name).values] ?? 0
  }

  #stepAt(index: number, start: number): number {
    return (this.#starts[index] ?? 0) + start
  }

  #createBatch(index: number): Batch {
    let [low, high] = [0, this.#batches.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#batches[middle]?.first ?? 0) <= index) low = middle
      else high = middle - 1
    }
    return this.#batches[low] ?? { first: 0, count: 0, buffers: new Float64Array() }
  }

  #readFooter(path: string): Footer {
    const { size } = fstatSync(this.#file)
    const tail = new DataView(new ArrayBuffer(TAIL_BYTES))
    if (size < TAIL_BYTES) throw notSequences(path)
    this.#read(tail, size - TAIL_BYTES)
    const magic = Buffer.from(tail.buffer, 4).toString('latin1')
    const length = tail.getInt32(0, true)
    if (magic !== 'ARROW1' || length <= 0 || length > size) throw notSequences(path)
    const bytes = new Uint8Array(length)
    this.#read(bytes, size - TAIL_BYTES - length)
    return Footer.decode(bytes)
  }

  #readBatches(footer: Footer): Batch[] {
    let first = 0
    return Array.from(footer.recordBatches(), (block) => {
      const { length, buffers } = this.#decodeMessage(block).header() as Header
      const body = block.offset + block.metaDataLength
      const batch = { first, count: length, buffers: Float64Array.from(buffers, ({ offset }) => body + offset) }
      first += length
      return batch
    })
  }

  #decodeMessage({ offset, metaDataLength }: FileBlock): Message {
    const bytes = new Uint8Array(metaDataLength - PREFIX_BYTES)
    this.#read(bytes, offset + PREFIX_BYTES)
    return Message.decode(bytes)
  }

  #readOffsets(): void {
    const field = this.schema.fields.find(({ per }) => per === 'step')
    const place = this.#findPlace(field?.name ?? '').offsets ?? 0
    for (const { first, count, buffers } of this.#batches) {
      const offsets = new Int32Array(count + 1)
      this.#read(offsets, buffers[place] ?? 0)
      for (let row = 0; row < count; row++) {
        const start = offsets[row] ?? 0
        this.#starts[first + row] = start
        this.lengths[first + row] = (offsets[row + 1] ?? 0) - start
      }
    }
  }

  #readTexts({ length, buffers }: Header, body: number): string[] {
    const [, offsetsAt, textsAt] = buffers
    const offsets = new Int32Array(length + 1)
    this.#read(offsets, body + (offsetsAt?.offset ?? 0))
    const bytes = Buffer.alloc(offsets[length] ?? 0)
    this.#read(bytes, body + (textsAt?.offset ?? 0))
    return Array.from({ length }, (_, at) => bytes.toString('utf8', offsets[at], offsets[at + 1]))
  }

  /** Fills `into` from a place of the file. @throws {RangeError} when the file ends before */
  #read(into: NodeJS.ArrayBufferView, position: number): void {
    for (let at = 0; at < into.byteLength;) {
      const bytes = readSync(this.#file, into, at, into.byteLength - at, position + at)
      if (bytes === 0) throw new RangeError(`Cannot read the data set as its file ends at byte ${position + at}`)
      at += bytes
    }
  }
}

interface Header {
  length: number
  buffers: { offset: number; length: number }[]
}

function toClasses(numbers: Float64Array): Categories<number> {
  const classes = new Categories<number>()
  for (const number of numbers) if (!Number.isNaN(number)) classes.add(number)
  return classes
}

function toIds(numbers: Float64Array): Int32Array {
  const classes = new Categories<number>()
  return Int32Array.from(numbers, (number) => (Number.isNaN(number) ? MISSING_ID : classes.add(number)))
}

function notSequences(path: string): RangeError {
  return new RangeError(`Cannot open "${path}" as it is no file of sequences`)
}
