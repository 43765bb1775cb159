// The input of a command: a file, a pipe or, as `-`, standard input.

import { openAsBlob } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage_error.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, and a file is wanted',
  EACCES: 'this user may not read it',
}

/** Its content as JSON. @throws {UsageError} */
export async function readJson(path: string, terminal: Terminal): Promise<unknown> {
  return await reading(path, async () => JSON.parse((await readInput(path, terminal)).toString('utf8')) as unknown)
}

/** A table in the Arrow IPC format, stream or file, as its bytes, and anything else as JSON. @throws {UsageError} */
export async function readJsonOrArrow(path: string, terminal: Terminal): Promise<unknown> {
  return await reading(path, async () => {
    const bytes = await readInput(path, terminal)
    const isArrow = bytes[0] === 0xff || bytes.subarray(0, 6).toString('latin1') === 'ARROW1' // no JSON begins so
    return isArrow ? bytes : (JSON.parse(bytes.toString('utf8')) as unknown)
  })
}

/** Its bytes, which are read from a file while they are sent. @throws {UsageError} */
export async function readBlob(path: string, terminal: Terminal): Promise<Blob> {
  return await reading(path, async () => {
    if (path !== '-' && (await stat(path)).isFile()) return await openAsBlob(path)
    return new Blob([await readInput(path, terminal)])
  })
}

/** Its bytes, all of them. @throws {UsageError} */
export async function readBytes(path: string, terminal: Terminal): Promise<Uint8Array> {
  return await reading(path, () => readInput(path, terminal))
}

async function readInput(path: string, terminal: Terminal): Promise<Buffer<ArrayBuffer>> {
  return path === '-' ? await terminal.input() : await readFile(path)
}

async function reading<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new UsageError(`cannot read "${path}": ${REASONS[code] ?? message}`)
  }
}
