// `npm run pack:client`: writes the client as a package that can be installed anywhere, `unroll-client-<version>.tgz`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { provideBuild } from './provision/build.mjs'
import { runCommand } from './provision/command.mjs'
import { layOutClient } from './pack/client.mjs'
import { root } from './repository.mjs'

await provideBuild()
const folder = mkdtempSync(join(tmpdir(), 'unroll-pack-'))
try {
  layOutClient(folder)
  await runCommand('npm', ['pack', folder, '--pack-destination', root])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
