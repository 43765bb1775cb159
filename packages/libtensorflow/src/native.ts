// The native file that Node loads: the functions of tfjs-node and our own kernels, compiled for the processor of this machine.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './command.ts'

const KERNELS = fileURLToPath(new URL('../kernels/', import.meta.url))
const BINDING_SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc']

/**
 * Vector loops for this very processor. Arithmetic keeps the rules for Inf and NaN, but raises no flags.
 */
const FLAGS = '-O3 -march=native -fno-math-errno -fno-trapping-math -std=c++17 -fPIC -shared -w -DNAPI_VERSION=8'.split(
  ' ',
)
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/** The name of the file for the kernels as they are here, and for this processor: caches may be shared by several. */
export function nativeFile(): string {
  const digest = createHash('sha256').update(FLAGS.join()).update(processor())
  for (const name of readdirSync(KERNELS).toSorted()) digest.update(name).update(readFileSync(join(KERNELS, name)))
  return `tfjs_binding-${digest.digest('hex').slice(0, 12)}.node`
}

/** What the compiler adapts to. */
function processor(): string {
  const model = cpus()[0]?.model ?? ''
  try {
    const flags = /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? ''
    return `${model} ${flags}`
  } catch {
    return model
  }
}

/**
 * Compiles the file against the library unpacked in `folder`.
 * Errors: Error that says whether the compiler is missing or what it wrote last.
 */
export async function compileNative(folder: string, file: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const binding = join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding')
  const nodeHeaders = join(dirname(resolve('node-api-headers/package.json')), 'include')
  const includes = [join(folder, 'tensorflow', 'include'), nodeHeaders, binding]
  const kernels = readdirSync(KERNELS).filter((name) => name.endsWith('.cc'))
  await runCommand('g++', [
    ...FLAGS,
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
