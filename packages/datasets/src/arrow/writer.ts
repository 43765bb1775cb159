import { Message, RecordBatchFileWriter, Schema, Utf8, vectorFromArray, type RecordBatch } from 'apache-arrow'
import { METADATA } from './layout.ts'

/**
 * Writes an Arrow IPC file whose dictionaries come after all batches, and what it says of itself in the footer: neither is
 * known before the last sequence. The format lets dictionaries stand anywhere in a file.
 */
export class SequenceFileWriter extends RecordBatchFileWriter {
  #written: Uint8Array[] = []
  #about = ''

  /** Writes the start of the file. The schema of a batch would have lost its metadata. */
  start(schema: Schema): void {
    this.reset(undefined, schema)
  }

  /** @returns the bytes of it, in a buffer of their own */
  add(batch: RecordBatch): Uint8Array {
    this.write(batch)
    return this.#take()
  }

  /**
   * Writes the end of the file.
   *
   * @param dictionaries texts by id, of each field that has some
   * @param about what the file says of itself
   */
  end(dictionaries: ReadonlyMap<number, readonly string[]>, about: string): Uint8Array {
    this.#about = about
    for (const [id, names] of dictionaries) {
      const [data] = vectorFromArray(names, new Utf8()).data
      if (data !== undefined) this._writeDictionaryBatch(data, id)
    }
    this.finish()
    return this.#take()
  }

  #take(): Uint8Array {
    const bytes = new Uint8Array(this.#written.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of this.#written) {
      bytes.set(part, at)
      at += part.length
    }
    this.#written = []
    return bytes
  }

  protected override _write(chunk: ArrayBufferView | ArrayBufferLike): this {
    const bytes = ArrayBuffer.isView(chunk)
      ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      : new Uint8Array(chunk)
    if (bytes.byteLength > 0) this.#written.push(bytes)
    this._position += bytes.byteLength
    return this
  }

  /** The library leaves it to the footer; the format has it at the start as well. */
  protected override _writeSchema(schema: Schema): this {
    return super._writeSchema(schema)._writeMessage(Message.from(schema))
  }

  protected override _writeDictionaries(): this {
    return this
  }

  protected override _writeFooter(schema: Schema): this {
    return super._writeFooter(new Schema(schema.fields, new Map([[METADATA, this.#about]]), schema.dictionaries))
  }
}
