import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { findLibrary, libraryFolder, loadLibrary } from './library.ts'
import { provideLibrary } from './provide.ts'
import { nativeFile } from './native.ts'
import { kernelsTarget } from './processor.ts'
import { variantHere, VARIANTS, wheelPlatforms } from './variant.ts'

/** Gives the test empty caches and a PATH of its own, with the given commands on it; returns the caches' folder. */
function isolate(t: TestContext, commands: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-caches-'))
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const { PATH, XDG_CACHE_HOME } = process.env
  t.after(() => {
    process.env['PATH'] = PATH
    if (XDG_CACHE_HOME === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME
    rmSync(folder, { recursive: true })
  })
  process.env['PATH'] = folder
  process.env['XDG_CACHE_HOME'] = join(folder, 'caches')
  return process.env['XDG_CACHE_HOME']
}

const FAILURES = [
  {
    what: 'there is no compiler',
    commands: { python3: 'exit 1' },
    message: /^Cannot provide libtensorflow as g\+\+ is not installed$/,
    fetched: false,
  },
  {
    what: 'there is no Python',
    commands: { 'g++': '' },
    message: /^Cannot provide libtensorflow as python3 is not installed$/,
    fetched: true,
  },
  {
    what: 'the wheel cannot be fetched',
    commands: { 'g++': '', python3: 'echo "ERROR: No matching distribution found" >&2; exit 1' },
    message: /^Cannot provide libtensorflow as python3 failed: ERROR: No matching distribution found$/,
    fetched: true,
  },
]

for (const { what, commands, message, fetched } of FAILURES) {
  test(`provideLibrary() says that ${what}, and leaves nothing behind`, async (t) => {
    const caches = isolate(t, commands)
    const doing: string[] = []
    await assert.rejects(
      provideLibrary((part) => doing.push(part)),
      { message },
    )
    const left = join(caches, 'unroll')
    assert.deepEqual(existsSync(left) ? readdirSync(left) : [], [])
    if (!fetched) assert.deepEqual(doing, [])
    else assert.match(doing.join(), /^fetching the Python wheel tensorflow.*==2\.21\.0 \(\d+ MB\)$/)
  })
}

test('loadLibrary() says where the library is missing and what provides it', (t) => {
  const caches = isolate(t, {})
  assert.equal(findLibrary(), undefined)
  const folder = libraryFolder(variantHere())
  assert.ok(folder.startsWith(join(caches, 'unroll', 'tensorflow-2.21.0-')))
  assert.throws(loadLibrary, {
    message: `Cannot load libtensorflow as it is not in "${folder}": npm start provides it`,
  })
})

test('a build for GPUs alone is left aside where there is none, and said to be, unless no GPU is to be used', (t) => {
  const { CUDA_VISIBLE_DEVICES } = process.env
  if (variantHere() === VARIANTS.cuda) return t.skip('this machine has a GPU')
  isolate(t, {})
  t.after(() => {
    if (CUDA_VISIBLE_DEVICES === undefined) delete process.env['CUDA_VISIBLE_DEVICES']
    else process.env['CUDA_VISIBLE_DEVICES'] = CUDA_VISIBLE_DEVICES
  })
  delete process.env['CUDA_VISIBLE_DEVICES']
  const folder = libraryFolder(VARIANTS.cuda)
  const file = join(folder, nativeFile(kernelsTarget()))
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, '')
  assert.equal(findLibrary(), undefined)
  assert.throws(loadLibrary, { message: /the one here is for GPUs, and this machine shows no NVIDIA driver/ })
  for (const none of ['', '-1']) {
    process.env['CUDA_VISIBLE_DEVICES'] = none
    assert.equal(findLibrary(), file)
  }
  process.env['CUDA_VISIBLE_DEVICES'] = '0'
  assert.equal(findLibrary(), undefined)
  return undefined
})

test('wheelPlatforms() names the platforms of this machine as pip does, newest first', () => {
  const platforms = wheelPlatforms()
  assert.ok(platforms.length > 0)
  for (const platform of platforms) assert.match(platform, /^manylinux(_2_\d\d|2014)_(x86_64|aarch64)$/)
})

test('loadLibrary() loads the version that was provided, where it was', (t) => {
  const folder = findLibrary()
  if (folder === undefined) return t.skip('libtensorflow is not on this machine')
  assert.ok(existsSync(folder))
  assert.equal(loadLibrary().TF_Version, '2.21.0')
  return undefined
})
