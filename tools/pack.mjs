// `npm run pack:client` and `npm run pack:runtime`: write a package that can be installed anywhere, such as
// `unroll-client-<version>.tgz`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { provideBuild } from './provision/build.mjs'
import { runCommand } from './provision/command.mjs'
import { layOutClient } from './pack/client.mjs'
import { layOutRuntime } from './pack/runtime.mjs'
import { root } from './repository.mjs'

const PACKAGES = { client: layOutClient, runtime: layOutRuntime }

const layOut = PACKAGES[/** @type {keyof PACKAGES} */ (process.argv[2])]
await provideBuild()
const folder = mkdtempSync(join(tmpdir(), 'unroll-pack-'))
try {
  layOut(folder)
  await runCommand('npm', ['pack', folder, '--pack-destination', root])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
