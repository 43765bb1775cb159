// `npm run pack:client`, `npm run pack:cli` and `npm run pack:runtime`: write a package that can be installed anywhere, such as
// `unroll-client-<version>.tgz`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { provideBuild } from './provision/build.mjs'
import { runCommand } from './provision/command.mjs'
import { layOutCli } from './pack/cli.mjs'
import { layOutClient } from './pack/client.mjs'
import { layOutRuntime } from './pack/runtime.mjs'
import { root } from './repository.mjs'

/** @type {Record<string, (folder: string) => string[]>} */
const PACKAGES = { client: layOutClient, cli: layOutCli, runtime: layOutRuntime }

const [, , name = ''] = process.argv
const layOut = PACKAGES[name]
if (layOut === undefined) throw new RangeError(`Cannot pack "${name}": it is none of ${Object.keys(PACKAGES)}`)
await provideBuild()
const folder = mkdtempSync(join(tmpdir(), 'unroll-pack-'))
try {
  layOut(folder)
  await runCommand('npm', ['pack', folder, '--pack-destination', root])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
