// Targets that kernels are compiled for, and programs of `harness` that are run for each, where this machine has what that takes.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NATIVE } from '../environment.ts'
import { kernelFlags } from '../native.ts'

export const KERNELS: string = fileURLToPath(new URL('../../kernels/', import.meta.url))
export const HARNESS: string = fileURLToPath(new URL('../../harness/', import.meta.url))

/** What kernels are compiled for. */
export interface Machine {
  readonly march: string
  readonly compiler: string
  /** What Debian calls the compiler's package. */
  readonly provides: string
  /** Runs the programs for it, with the arguments given; absent where nothing does. */
  readonly runner?: { readonly command: readonly string[]; readonly provides: string }
}

export interface Target extends Machine {
  readonly lanes: number
  /** Rows of the largest tile, by the columns of it. */
  readonly tiles: Readonly<Record<number, number>>
}

const X86 = { compiler: process.arch === 'x64' ? 'g++' : 'x86_64-linux-gnu-g++', provides: 'g++-x86-64-linux-gnu' }
const ARM = { compiler: process.arch === 'arm64' ? 'g++' : 'aarch64-linux-gnu-g++', provides: 'g++-aarch64-linux-gnu' }
const X86_RUNNER = {
  command: process.arch === 'x64' ? [] : ['qemu-x86_64'],
  provides: 'qemu-user',
}
export const TARGETS: readonly Target[] = [
  { march: 'x86-64', ...X86, lanes: 4, tiles: { 8: 6, 4: 12 }, runner: X86_RUNNER },
  { march: 'x86-64-v3', ...X86, lanes: 8, tiles: { 16: 6, 8: 12 }, runner: X86_RUNNER },
  { march: 'x86-64-v4', ...X86, lanes: 16, tiles: { 32: 8, 16: 12, 8: 12 }, runner: X86_RUNNER },
  {
    march: 'armv8-a',
    ...ARM,
    lanes: 4,
    tiles: { 8: 10, 4: 12 },
    runner: { command: process.arch === 'arm64' ? [] : ['qemu-aarch64'], provides: 'qemu-user' },
  },
]

/** The very processor of this machine, as a service compiles them: a compiler tunes for it beyond what its vectors say. */
export const HERE: Machine = { march: NATIVE, compiler: 'g++', provides: 'g++', runner: { command: [], provides: '' } }

export function compile({ compiler, march }: Machine, given: readonly string[], headers: string): void {
  const { status, stderr, error } = spawnSync(compiler, [...kernelFlags(march), `-I${headers}`, ...given], {
    encoding: 'utf8',
  })
  assert.ifError(error)
  assert.equal(status, 0, stderr)
}

export function isHere(t: TestContext, command: string, provides: string): boolean {
  if (spawnSync(command, ['--version']).error === undefined) return true
  t.skip(`${command} is not installed: Debian has it in ${provides}`)
  return false
}

/** What a target needs and this processor has not. */
function missingFeature(march: string): string | undefined {
  const needed: Readonly<Record<string, readonly string[]>> = {
    'x86-64-v3': ['avx2', 'fma'],
    'x86-64-v4': ['avx512f', 'avx512vl', 'avx512bw', 'avx512dq', 'avx512cd'],
  }
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? []
  return needed[march]?.find((feature) => !flags.includes(feature))
}

export function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-products-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/**
 * What a program of `harness` prints when it is compiled for a target with the headers in a folder; the test is skipped, and
 * undefined answered, where compiler, emulator or processor are missing.
 */
export function printed(
  t: TestContext,
  target: Machine,
  source: string,
  headers: string = KERNELS,
): string | undefined {
  if (!isHere(t, target.compiler, target.provides)) return undefined
  const [command, ...before] = target.runner?.command ?? []
  if (command !== undefined && !isHere(t, command, target.runner!.provides)) return undefined
  const missing = target.compiler === 'g++' ? missingFeature(target.march) : undefined
  if (missing !== undefined) {
    t.skip(`this processor has no ${missing}, and no emulator here has`)
    return undefined
  }
  const program = join(temporary(t), 'program')
  compile(target, ['-static', join(HARNESS, source), '-o', program], headers)
  const args = command === undefined ? [] : [...before, program]
  const { stdout, error } = spawnSync(command ?? program, args, { encoding: 'utf8' })
  assert.ifError(error)
  return stdout
}
