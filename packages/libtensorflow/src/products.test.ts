import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { kernelFlags } from './native.ts'
import { functionsOf, productLoops, type InnerLoop } from './testing/assembly.ts'

const KERNELS = fileURLToPath(new URL('../kernels/', import.meta.url))
const HARNESS = fileURLToPath(new URL('../harness/', import.meta.url))
const TILE = /^_ZN6unroll4tileILi(\d+)E/

interface Target {
  readonly march: string
  readonly compiler: string
  /** What Debian calls the compiler's package. */
  readonly provides: string
  /** Rows of the largest tile. */
  readonly tileRows: number
  readonly lanes: number
  /** Runs the target's programs, with the arguments given; absent where nothing does. */
  readonly runner?: { readonly command: readonly string[]; readonly provides: string }
}

const X86 = { compiler: process.arch === 'x64' ? 'g++' : 'x86_64-linux-gnu-g++', provides: 'g++-x86-64-linux-gnu' }
const ARM = { compiler: process.arch === 'arm64' ? 'g++' : 'aarch64-linux-gnu-g++', provides: 'g++-aarch64-linux-gnu' }
const X86_RUNNER = {
  command: process.arch === 'x64' ? [] : ['qemu-x86_64'],
  provides: 'qemu-user',
}
const TARGETS: readonly Target[] = [
  { march: 'x86-64', ...X86, tileRows: 6, lanes: 4, runner: X86_RUNNER },
  { march: 'x86-64-v3', ...X86, tileRows: 6, lanes: 8, runner: X86_RUNNER },
  { march: 'x86-64-v4', ...X86, tileRows: 14, lanes: 16, runner: X86_RUNNER },
  {
    march: 'armv8-a',
    ...ARM,
    tileRows: 10,
    lanes: 4,
    runner: { command: process.arch === 'arm64' ? [] : ['qemu-aarch64'], provides: 'qemu-user' },
  },
]

for (const target of TARGETS) {
  test(`the inner loop of every tile keeps off the stack on ${target.march}`, (t) => {
    if (!isHere(t, target.compiler, target.provides)) return
    const loops = loopsByTile(assemblyOf(t, target, KERNELS))
    assert.deepEqual(
      [...loops.keys()].map(Number).toSorted((a, b) => a - b),
      Array.from({ length: target.tileRows }, (_, i) => i + 1),
    )
    for (const [rows, found] of loops) {
      assert.deepEqual(
        found.map(({ products }) => products % (2 * Number(rows))),
        [0],
        `tile<${rows}> must have one loop, with two products a row`,
      )
    }
    tell(t, target, loops)
    assert.deepEqual(stackAccesses(loops), [])
  })

  test(`products are those of float64 however the rows are cut, on ${target.march}`, (t) => {
    if (!isHere(t, target.compiler, target.provides)) return
    const [command, ...before] = target.runner?.command ?? []
    if (command !== undefined && !isHere(t, command, target.runner!.provides)) return
    const missing = target.compiler === 'g++' ? missingFeature(target.march) : undefined
    if (missing !== undefined) return t.skip(`this processor has no ${missing}, and no emulator here has`)
    const folder = temporary(t)
    const program = join(folder, 'numbers')
    compile(target, ['-static', join(HARNESS, 'numbers.cc'), '-o', program], KERNELS)
    const { stdout, status, error } = spawnSync(command ?? program, command === undefined ? [] : [...before, program], {
      encoding: 'utf8',
    })
    assert.ifError(error)
    const [, lanes, products, comparisons, wrong] =
      /^(\d+) lanes, (\d+) products, (\d+) comparisons, (\d+) wrong$/m.exec(stdout) ?? []
    assert.equal(status, 0, stdout)
    assert.deepEqual([Number(lanes), Number(wrong)], [target.lanes, 0], stdout)
    assert.ok(Number(products) > 0 && Number(comparisons) > 0)
    t.diagnostic(`${target.march}: ${stdout.trim()}`)
  })
}

test('the look at the inner loops finds sums on the stack where the vectors have a weaker alignment', (t) => {
  const target = TARGETS.find(({ march }) => march === 'x86-64-v3')!
  if (!isHere(t, target.compiler, target.provides)) return
  const folder = temporary(t)
  const header = readFileSync(join(KERNELS, 'products.h'), 'utf8')
  const changed = header.replace(
    /typedef float Lanes __attribute__\(\(vector_size\(kLanes \* 4\)\)\);/,
    'typedef float Lanes __attribute__((vector_size(kLanes * 4), aligned(4)));',
  )
  assert.notEqual(changed, header)
  writeFileSync(join(folder, 'products.h'), changed)
  const loops = loopsByTile(assemblyOf(t, target, folder))
  tell(t, target, loops)
  assert.ok(stackAccesses(loops).length > 0)
})

type Loops = ReadonlyMap<string, readonly InnerLoop[]>

function loopsByTile(assembly: string): Loops {
  return new Map([...functionsOf(assembly, TILE)].map(([rows, lines]) => [rows, productLoops(lines)]))
}

function stackAccesses(loops: Loops): readonly string[] {
  return [...loops].flatMap(([rows, found]) =>
    found.flatMap(({ onStack }) => onStack.map((instruction) => `tile<${rows}>: ${instruction}`)),
  )
}

function tell(t: TestContext, { march }: Target, loops: Loops): void {
  const all = [...loops.values()].flat()
  const sum = (of: (loop: InnerLoop) => number): number => all.reduce((total, loop) => total + of(loop), 0)
  t.diagnostic(
    `${march}: ${loops.size} tiles, ${all.length} inner loops, ${sum((loop) => loop.instructions)} instructions, ${sum((loop) => loop.products)} of them products, ${sum((loop) => loop.onStack.length)} on the stack`,
  )
}

/** The assembly of all tiles of the header in a folder. */
function assemblyOf(t: TestContext, target: Target, folder: string): string {
  const file = join(temporary(t), 'tiles.s')
  compile(target, ['-fPIC', '-S', join(HARNESS, 'tiles.cc'), '-o', file], folder)
  return readFileSync(file, 'utf8')
}

function compile({ compiler, march }: Target, given: readonly string[], headers: string): void {
  const { status, stderr, error } = spawnSync(compiler, [...kernelFlags(march), `-I${headers}`, ...given], {
    encoding: 'utf8',
  })
  assert.ifError(error)
  assert.equal(status, 0, stderr)
}

function isHere(t: TestContext, command: string, provides: string): boolean {
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

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-products-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
