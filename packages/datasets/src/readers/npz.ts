import type { FileHandle } from 'node:fs/promises'
import { fromFdPromise } from 'yauzl'
import { canonicalName } from '../names.ts'
import type { RawSequences } from '../raw_sequence.ts'
import { openArrays } from './npy.ts'
import { openNpy, type NpyArray } from './npy_array.ts'
import type { Opened, Reading } from './reader.ts'
import { spool } from './spool.ts'

/** Arrays of an archive that are the label: one of each sequence, or one at each step. */
const LABELS = /^(?:y|labels?|class)$/i

/** Arrays of NumPy in a zip archive: `x`, `X` or `inputs`, with a label or targets, and `lengths` where they are padded. */
export async function readNpz(file: FileHandle, { options }: Reading): Promise<Opened> {
  const arrays = new Map<string, NpyArray>()
  const close = async () => void (await Promise.all(Array.from(arrays.values(), (array) => array.file.close())))
  try {
    const zip = await fromFdPromise(file.fd, { autoClose: false })
    let room = options.maxUnpackedBytes ?? Infinity
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.replace(/\.npy$/, '')
      if (options.ignore?.includes(name) === true) continue
      room -= entry.uncompressedSize
      if (room < 0) throw new Error(`it unpacks to more than ${options.maxUnpackedBytes} bytes`)
      const unpacked = await spool(() => zip.openReadStreamPromise(entry))
      arrays.set(
        fieldName(name, options.label),
        await openNpy(unpacked).catch((error: unknown) => failing(unpacked, name, error)),
      )
    }
    const opened = await openArrays(arrays)
    return { ...opened, sequences: closing(opened.sequences, close) }
  } catch (error) {
    await close()
    throw error
  }
}

async function failing(file: FileHandle, name: string, error: unknown): Promise<never> {
  await file.close()
  throw new Error(`of array "${name}": ${(error as Error).message}`, { cause: error })
}

function fieldName(name: string, label: string | undefined): string {
  return name === label || LABELS.test(name) ? 'label' : canonicalName(name)
}

async function* closing(sequences: RawSequences, close: () => Promise<void>): RawSequences {
  try {
    yield* sequences
  } finally {
    await close()
  }
}
