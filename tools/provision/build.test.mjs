import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { root } from '../repository.mjs'
import { runCommand } from './command.mjs'
import { CELL_TABLE } from './cells.mjs'

test('provideBuild() has the compiler look where a source is new or what it left is gone, and nowhere else', async (t) => {
  const { folder, build, output } = makeRepository(t)
  assert.equal(await build(), true)
  assert.equal(await build(), false)

  writeFileSync(join(folder, 'packages/one/src/one.ts'), 'export const one: number = 2\n')
  assert.equal(await build(), true)
  assert.match(readFileSync(output, 'utf8'), /one = 2/)
  assert.equal(await build(), false)

  for (const left of ['dist', 'tsconfig.tsbuildinfo']) rmSync(join(folder, 'packages/one', left), { recursive: true })
  assert.equal(await build(), true)
  assert.ok(existsSync(output))

  writeFileSync(join(folder, 'packages/one/src/one.ts'), 'export const one: number = "2"\n')
  await assert.rejects(build(), /TS2322/)
  await assert.rejects(build(), /TS2322/)
})

/**
 * A repository with one small project.
 * @param {import('node:test').TestContext} t
 */
function makeRepository(t) {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-build-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['apps', 'bench', 'test', 'packages/one/src']) mkdirSync(join(folder, name), { recursive: true })
  for (const path of ['tools/provision', 'tools/repository.mjs', 'packages/bptt/src/cells', 'tsconfig.base.json'])
    cpSync(join(root, path), join(folder, path), { recursive: true })
  rmSync(join(folder, CELL_TABLE))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const name of ['package-lock.json', 'tsconfig.json']) writeFileSync(join(folder, name), '{}')
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const settings = { extends: '../../tsconfig.base.json', compilerOptions: { rootDir: 'src', outDir: 'dist' } }
  writeFileSync(join(folder, 'packages/one/tsconfig.json'), JSON.stringify({ ...settings, include: ['src'] }))
  writeFileSync(join(folder, 'packages/one/src/one.ts'), 'export const one: number = 1\n')
  const { href } = pathToFileURL(join(folder, 'tools/provision/build.mjs'))
  const program = `await (await import(${JSON.stringify(href)})).provideBuild(['packages/one'])`
  /** Whether the compiler was asked. */
  const build = async () => {
    const said = await runCommand(process.execPath, ['--input-type=module', '-e', program], { cwd: folder })
    assert.match(said, /✓ TypeScript/)
    return said.includes('… TypeScript')
  }
  return { folder, build, output: join(folder, 'packages/one/dist/one.js') }
}
