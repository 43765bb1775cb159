// Fetches libtensorflow inside its Python wheel, keeps what is needed of it, and builds the native functions of
// tfjs-node against it. The cache folder appears complete or not at all, also when two processes fill it at once.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { BINDING_FILE, findLibrary, libraryFolder } from './library.ts'
import { variantHere, wheelPlatforms, type Variant } from './variant.ts'

/** Told of each part of the work as it begins. */
export type Progress = (doing: string) => void

const LIBRARIES = ['tensorflow/libtensorflow_cc.so', 'tensorflow/libtensorflow_framework.so', 'nvidia/']
const HEADERS = ['c/', 'core/platform/ctstring'].map((path) => `tensorflow/include/tensorflow/${path}`)
const SHARED_HEADERS = ['tsl/platform/ctstring', 'xla/tsl/c/'].map((path) => `tensorflow/include/${path}`)
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc']
const PYTHON_VERSION = '3.12' // chooses among wheels that carry the same libraries; the Python here may be another

const PIP_DOWNLOAD =
  `-m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version ${PYTHON_VERSION}`.split(
    ' ',
  )
const COMPILER_FLAGS = '-O2 -std=c++17 -fPIC -shared -w -DNAPI_VERSION=8'.split(' ')

/** Unpacks the entries of a wheel whose names start with any prefix. Arguments: wheel, folder, prefixes. */
const UNPACK = `
import sys, zipfile
wheel, folder, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [name for name in archive.namelist() if name.startswith(tuple(prefixes))])
`

/** Prints the requirements of a wheel's extra, one a line. Arguments: wheel, extra. */
const REQUIREMENTS = `
import sys, zipfile
wheel, extra = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    metadata = next(name for name in archive.namelist() if name.endswith('.dist-info/METADATA'))
    for line in archive.read(metadata).decode().splitlines():
        if line.startswith('Requires-Dist: ') and extra in line.partition(';')[2]:
            print(line.partition(': ')[2].partition(';')[0].strip())
`

/**
 * The folder of the library, provided if it is not there yet.
 * Errors: Error that says what is missing: the platform, Python with pip, a C++ compiler or the network.
 */
export async function provideLibrary(onProgress: Progress = () => {}): Promise<string> {
  const present = findLibrary()
  if (present !== undefined) return present
  const variant = variantHere()
  const platforms = wheelPlatforms()
  const folder = libraryFolder(variant)
  const unfinished = `${folder}.${process.pid}`
  try {
    await mkdir(unfinished, { recursive: true })
    onProgress(`fetching the Python wheel ${variant.wheel} (${variant.megabytes} MB)`)
    await fetchWheels(variant, platforms, unfinished)
    onProgress('compiling the native functions of tfjs-node')
    await compile(unfinished)
    await rm(join(unfinished, 'tensorflow', 'include'), { recursive: true })
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error // otherwise another process was faster, and its copy is as good
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return folder
}

async function fetchWheels({ wheel, extra }: Variant, platforms: readonly string[], folder: string): Promise<void> {
  const wheels = join(folder, 'wheels')
  const download = (requirements: readonly string[]): Promise<string> =>
    python([
      ...PIP_DOWNLOAD,
      '--dest',
      wheels,
      ...platforms.flatMap((platform) => ['--platform', platform]),
      ...requirements,
    ])
  await download([wheel])
  if (extra !== undefined) {
    const [main] = await readdir(wheels)
    const requirements = await python(['-c', REQUIREMENTS, join(wheels, main!), extra])
    await download(requirements.split('\n').filter(Boolean))
  }
  for (const name of await readdir(wheels)) {
    await python(['-c', UNPACK, join(wheels, name), folder, ...LIBRARIES, ...HEADERS, ...SHARED_HEADERS])
  }
  await rm(wheels, { recursive: true })
}

async function compile(folder: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const binding = join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding')
  const nodeHeaders = join(dirname(resolve('node-api-headers/package.json')), 'include')
  const includes = [join(folder, 'tensorflow', 'include'), nodeHeaders, binding]
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']
  await run('g++', [
    ...COMPILER_FLAGS,
    ...includes.map((path) => `-I${path}`),
    ...SOURCES.map((source) => join(binding, source)),
    `-L${join(folder, 'tensorflow')}`,
    ...libraries.map((library) => `-l:${library}`),
    '-Wl,-rpath,$ORIGIN/tensorflow',
    '-o',
    join(folder, BINDING_FILE),
  ])
}

function python(args: readonly string[]): Promise<string> {
  return run('python3', args)
}

/** Runs a command to its end. Errors: Error that says whether it is missing or what it wrote last. */
async function run(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args)).stdout
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: unknown; stderr?: string }
    const why = code === 'ENOENT' ? `${command} is not installed` : `${command} failed: ${lastLines(stderr)}`
    throw new Error(`Cannot provide libtensorflow as ${why}`, { cause })
  }
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-3).join(' / ')
}
