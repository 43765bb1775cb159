// Results are JSON files that name the machine; docs/performance.md is written from those that are committed.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { text, type Option } from './command.ts'
import { heldTarget, lanesHere, vectorsInFiles } from './vectors.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory_gib: number
  /** Numbers in a vector of our compiled kernels: 16 with AVX-512, 8 with AVX2; null without kernels, absent from some results. */
  readonly vector_lanes?: number | null
  /** The target that our kernels and all libraries were held to; absent where each takes the widest vectors. */
  readonly kernels_for?: string
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

/** The same, with a file for each width of vectors: `peers.avx2.json`. */
export function outOptionByVectors(name: string): Option<string> {
  return text('FILE', `where the result goes, as JSON; bench/results/${name}.avx2.json by the vectors unless given`, '')
}

/** The file of a bench whose results have one for each width of vectors, unless another is given. */
export function fileByVectors(name: string, given: string): string {
  return given || resultFile(`${name}.${vectorsInFiles(lanesHere())}`)
}

/** Prints a bench's table and writes its result down, with date, machine and versions. */
export function report<Figures extends object>(
  file: string,
  { versions, ...figures }: Figures & Pick<Result, 'versions'>,
  table: (result: Figures & Result) => string,
): void {
  const held = heldTarget()
  const machine: Machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    vector_lanes: lanesHere(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    ...(held !== undefined && { kernels_for: held }),
    system: `${process.platform} ${release()}`,
  }
  const date = new Date().toISOString().slice(0, 10)
  const result = { date, machine, versions: { node: process.versions.node, ...versions }, ...figures }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`${table(result as unknown as Figures & Result)}\n\nWritten to ${file}\n`)
}

/** The committed results of a bench that has some for each width of vectors, the widest first and of those the newest. Errors: Error when there is none. */
export function committedByVectors(name: string): readonly Result[] {
  const names = readdirSync(dirname(resultFile(name))).filter((file) => file.startsWith(`${name}.`))
  if (names.length === 0) throw new Error(`Cannot read bench/results/${name}.*.json: npm run bench:${name} writes one`)
  return names
    .map((file) => committed(file.replace(/\.json$/, '')))
    .toSorted((a, b) => (b.machine.vector_lanes ?? 0) - (a.machine.vector_lanes ?? 0) || b.date.localeCompare(a.date))
}

/** The committed result of a bench. Errors: Error when there is none. */
export function committed(name: string): Result {
  try {
    return JSON.parse(readFileSync(resultFile(name), 'utf8')) as Result
  } catch (cause) {
    const bench = (name.split('.')[0] ?? name).replaceAll('_', '-')
    throw new Error(`Cannot read bench/results/${name}.json: npm run bench:${bench} writes it`, { cause })
  }
}
