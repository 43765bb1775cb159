import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { functionsOf, productLoops, type InnerLoop } from './testing/assembly.ts'
import { compile, HARNESS, HERE, isHere, KERNELS, printed, TARGETS, temporary, type Target } from './testing/targets.ts'

/** A tile's rows and columns. */
const TILE = /^_ZN6unroll4tileILi(\d+ELi\d+)E/

for (const target of TARGETS) {
  test(`the inner loop of every tile keeps off the stack on ${target.march}`, (t) => {
    if (!isHere(t, target.compiler, target.provides)) return
    const loops = loopsByTile(assemblyOf(t, target, KERNELS))
    const sizes = Object.entries(target.tiles).flatMap(([columns, rows]) =>
      Array.from({ length: rows }, (_, i) => `${i + 1} × ${columns}`),
    )
    assert.deepEqual(new Set(loops.keys()), new Set(sizes))
    for (const [size, found] of loops) {
      const [rows = 0, columns = 0] = size.split(' × ').map(Number)
      assert.deepEqual(
        found.map(({ products }) => products % (rows * Math.ceil(columns / target.lanes))),
        [0],
        `the tile of ${size} must have one loop, with as many products`,
      )
    }
    tell(t, target, loops)
    assert.deepEqual(stackAccesses(loops), [])
  })
}

for (const target of [...TARGETS, HERE]) {
  test(`products are chains of multiply-adds, and those of float64 however the rows are cut, on ${target.march}`, (t) => {
    const stdout = printed(t, target, 'numbers.cc')
    if (stdout === undefined) return
    const [, lanes, products, comparisons, wrong] =
      /^(\d+) lanes, (\d+) products, (\d+) comparisons, (\d+) wrong$/m.exec(stdout) ?? []
    assert.equal(Number(wrong), 0, stdout)
    if ('lanes' in target) assert.equal(Number(lanes), target.lanes)
    assert.ok(Number(products) > 0 && Number(comparisons) > 0)
    t.diagnostic(`${target.march}: ${stdout.trim()}`)
  })
}

test('the look at the inner loops finds sums on the stack where a tile has more than there are registers', (t) => {
  const target = TARGETS.find(({ march }) => march === 'x86-64-v3')!
  if (!isHere(t, target.compiler, target.provides)) return
  const folder = temporary(t)
  cpSync(KERNELS, folder, { recursive: true })
  const header = readFileSync(join(folder, 'products.h'), 'utf8')
  const changed = header.replace('kPanelRows = 6;', 'kPanelRows = 8;')
  assert.notEqual(changed, header)
  writeFileSync(join(folder, 'products.h'), changed)
  const loops = loopsByTile(assemblyOf(t, target, folder))
  tell(t, target, loops)
  assert.ok(stackAccesses(loops).length > 0)
})

type Loops = ReadonlyMap<string, readonly InnerLoop[]>

/** By rows × columns. */
function loopsByTile(assembly: string): Loops {
  return new Map(
    [...functionsOf(assembly, TILE)].map(([size, lines]) => [size.replace('ELi', ' × '), productLoops(lines)]),
  )
}

function stackAccesses(loops: Loops): readonly string[] {
  return [...loops].flatMap(([size, found]) =>
    found.flatMap(({ onStack }) => onStack.map((instruction) => `tile of ${size}: ${instruction}`)),
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
