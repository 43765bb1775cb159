// Results are JSON files that name the machine; docs/performance.md is written from those that are committed.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { text, type Option } from './command.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory_gib: number
  readonly system: string
}

export interface Result {
  /** Day of the measurement, UTC. */
  readonly date: string
  readonly machine: Machine
  /** Of Node and of the libraries that were measured. */
  readonly versions: Readonly<Record<string, string>>
}

function resultFile(name: string): string {
  return fileURLToPath(new URL(`../results/${name}.json`, import.meta.url)) // this module runs in bench/dist
}

/** The option of the file that a bench writes its result to. */
export function outOption(name: string): Option<string> {
  return text('FILE', 'where the result goes, as JSON', relative(process.cwd(), resultFile(name)))
}

/** Prints a bench's table and writes its result down, with date, machine and versions. */
export function report<Figures extends object>(
  file: string,
  { versions, ...figures }: Figures & Pick<Result, 'versions'>,
  table: (result: Figures & Result) => string,
): void {
  const machine: Machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
  }
  const date = new Date().toISOString().slice(0, 10)
  const result = { date, machine, versions: { node: process.versions.node, ...versions }, ...figures }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`${table(result as unknown as Figures & Result)}\n\nWritten to ${file}\n`)
}

/** The committed result of a bench. Errors: Error when there is none. */
export function committed(name: string): Result {
  try {
    return JSON.parse(readFileSync(resultFile(name), 'utf8')) as Result
  } catch (cause) {
    throw new Error(`Cannot read bench/results/${name}.json: npm run bench:${name} writes it`, { cause })
  }
}
