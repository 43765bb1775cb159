import { randomBytes } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UnrollError } from '@unroll/contract'
import type { Faults } from '../faults.ts'
import type { RawSequences } from '../raw_sequence.ts'
import type { Opened, Reading, StreamReader } from './reader.ts'

/** Reads a format that is read in another order than its bytes come in. */
export type FileReader = (file: FileHandle, reading: Reading) => Promise<Opened>

/**
 * Has an upload written to a temporary file first.
 *
 * @param what the format, as people call it
 */
export function spooled(what: string, read: FileReader): StreamReader {
  return async (source, reading) => {
    const file = await spool(() => source)
    try {
      const opened = await read(file, reading)
      return { ...opened, sequences: closing(opened.sequences, file, reading.faults, what) }
    } catch (error) {
      await file.close()
      throw unreadable(error, reading.faults, what)
    }
  }
}

/** What is written to a temporary file. */
type Source = AsyncIterable<Uint8Array>

/**
 * A temporary file with what a source gives. It has no name any more, so that nothing is left of it however the process ends.
 *
 * @param openSource asked once the file is there: a stream that fails before it is read ends the process
 * @throws {UnrollError} ARTIFACTS_UNAVAILABLE, when there is no room for it; what the source throws
 */
export async function spool(openSource: () => Source | Promise<Source>): Promise<FileHandle> {
  const path = join(tmpdir(), `unroll-upload-${randomBytes(8).toString('hex')}`)
  const file = await open(path, 'wx+', 0o600).catch(unwritable)
  try {
    await unlink(path)
    for await (const chunk of await openSource()) await file.write(chunk).catch(unwritable)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

function unwritable(cause: unknown): never {
  const { message } = cause as Error
  throw new UnrollError('ARTIFACTS_UNAVAILABLE', `Cannot write the upload to a temporary file: ${message}`, { cause })
}

async function* closing(sequences: RawSequences, file: FileHandle, faults: Faults, what: string): RawSequences {
  try {
    yield* sequences
  } catch (error) {
    throw unreadable(error, faults, what)
  } finally {
    await file.close()
  }
}

/** What makes readable what the library of a format refuses, by what it says. */
const ADVICE: readonly [message: RegExp, advice: string][] = [
  [/ListView/, 'cast its list views to lists, by pyarrow as column.cast(pa.list_(pa.float64()))'],
  [/RunEndEncoded/, 'decode its runs by pyarrow.compute.run_end_decode'],
  [/Unrecognized .*type/i, 'cast its columns to float64, int64 or string'],
  [
    /to be unpacked|allocation|Array buffer|Invalid (?:typed )?array length/i,
    'write it in smaller record batches or row groups',
  ],
  [/encrypt|footer/i, 'write it whole and without encryption'],
  [/array of one type/, 'save each field of a structured array under a name of its own'],
]

function unreadable(error: unknown, faults: Faults, what: string): unknown {
  if (error instanceof UnrollError) return error
  const { message } = error as Error
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1]
  const wanted = `Must be ${what} that can be read: ${message}${advice === undefined ? '' : `. To have it read, ${advice}`}`
  faults.tell(() => ({ place: { line: 1 }, field: '', wanted }))
  return faults.refusal(error)
}
