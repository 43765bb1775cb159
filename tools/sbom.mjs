// `npm run sbom`: writes `unroll-<version>.cdx.json`, what is shipped as a bill of materials in CycloneDX: the npm packages that are
// no development dependency, and the wheels that the images take libtensorflow from.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { findSbomFaults, selectShipped } from './pack/sbom.mjs'
import { provideBuild } from './provision/build.mjs'
import { runCommand } from './provision/command.mjs'
import { root } from './repository.mjs'

await provideBuild(['packages/libtensorflow'])
const { VARIANTS } = await import('../packages/libtensorflow/dist/index.js')
const wheels = Object.values(VARIANTS).map(({ wheel }) => wheel)
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
// Of the lock file alone: of installed packages npm copies addresses that CycloneDX forbids, such as git@host:owner/name.
const everything = await runCommand('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'])
const sbom = selectShipped(JSON.parse(everything), packages, wheels)
const faults = findSbomFaults(sbom, packages)
const file = `unroll-${sbom.metadata.component.version}.cdx.json`
writeFileSync(join(root, file), `${JSON.stringify(sbom, null, 2)}\n`)
console.log(`  ${faults.length === 0 ? '✓' : '✗'} ${file}: ${sbom.components.length} components`)
for (const fault of faults) console.log(`      ${fault}`)
process.exitCode = faults.length === 0 ? 0 : 1
