import { readFile } from 'node:fs/promises'
import { UsageError } from './command.ts'
import type { Terminal } from './terminal.ts'

/** What a JSON file holds; `-` is standard input. @throws {UsageError} */
export async function readJson(path: string, terminal: Terminal): Promise<unknown> {
  try {
    return JSON.parse(path === '-' ? await terminal.input() : await readFile(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`cannot read "${path}": ${error instanceof Error ? error.message : String(error)}`)
  }
}
