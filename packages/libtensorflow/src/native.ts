// The native file that Node loads: the functions of tfjs-node and our own kernels, compiled for the processor of this machine.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './command.ts'
import { NATIVE } from './environment.ts'
import { processor } from './processor.ts'

const HARNESS = fileURLToPath(new URL('../harness/', import.meta.url))
const KERNELS = fileURLToPath(new URL('../kernels/', import.meta.url))
const BINDING_SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc']

const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/**
 * Compiler options of the kernels for a target of `-march`: vector loops for that processor. Arithmetic keeps the rules
 * for Inf and NaN, but raises no flags. Sums of products are fused whatever the vectors: for AMD's Zen 2 to 4, GCC 12 makes a
 * multiplication and an addition of a fused one of 256 bits and less, whose sums then have other bits than those of 512.
 */
export function kernelFlags(target: string): readonly string[] {
  const arithmetic = ['-fno-math-errno', '-fno-trapping-math', '--param=avoid-fma-max-bits=0']
  return ['-O3', `-march=${target}`, ...arithmetic, '-std=c++17', '-w']
}

function fileFlags(target: string): readonly string[] {
  const opened = '-Wl,--wrap=TF_LoadSessionFromSavedModel' // kernels/session_config.cc
  return [...kernelFlags(target), '-fPIC', '-shared', '-DNAPI_VERSION=8', opened]
}

/**
 * The name of the file for the current kernels and a target; for the processor of this machine it depends on the
 * processor, because several machines may share a cache.
 */
export function nativeFile(target: string): string {
  const digest = createHash('sha256').update(fileFlags(target).join())
  if (target === NATIVE) digest.update(processor())
  for (const name of readdirSync(KERNELS).toSorted()) digest.update(name).update(readFileSync(join(KERNELS, name)))
  return `tfjs_binding-${digest.digest('hex').slice(0, 12)}.node`
}

/**
 * Numbers in a vector of the kernels of a native file: 16 with AVX-512, 8 with AVX2, 4 with less. Errors: Error when
 * the file cannot be read or does not contain it.
 */
export function vectorLanes(file: string): number {
  const [, lanes] = /unroll kernels: (\d+) lanes/.exec(readFileSync(file, 'latin1')) ?? []
  if (lanes === undefined) throw new Error(`Cannot tell the width of the kernels in "${file}" as it does not say`)
  return Number(lanes)
}

/**
 * Compiles a program that tries the kernels by themselves, a source of `harness/`, for a target.
 * Errors: Error that says whether the compiler is missing or what it wrote last.
 */
export async function compileProgram(source: string, target: string, file: string): Promise<void> {
  const given = [...kernelFlags(target), `-I${KERNELS}`, join(HARNESS, source), '-o', file]
  await runCommand('g++', given, `compile ${source} for ${target}`)
}

/**
 * Compiles the file for a target against the library unpacked in `folder`.
 * Errors: Error that says whether the compiler is missing or what it wrote last.
 */
export async function compileNative(folder: string, target: string, file: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const binding = join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding')
  const nodeHeaders = join(dirname(resolve('node-api-headers/package.json')), 'include')
  const includes = [join(folder, 'tensorflow', 'include'), nodeHeaders, binding]
  const kernels = readdirSync(KERNELS).filter((name) => name.endsWith('.cc'))
  await runCommand('g++', [
    ...fileFlags(target),
    ...includes.map((path) => `-I${path}`),
    ...BINDING_SOURCES.map((source) => join(binding, source)),
    ...kernels.map((source) => join(KERNELS, source)),
    `-L${join(folder, 'tensorflow')}`,
    ...LIBRARIES.map((library) => `-l:${library}`),
    '-Wl,-rpath,$ORIGIN/tensorflow',
    '-o',
    file,
  ])
}
