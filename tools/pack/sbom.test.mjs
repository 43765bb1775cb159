import assert from 'node:assert/strict'
import { test } from 'node:test'

import { findSbomFaults, selectShipped } from './sbom.mjs'

/** @import { Sbom } from './sbom.mjs' */

const LICENCES = [{ license: { id: 'MIT' } }]
const LOCK = {
  '': { version: '1.0.0' },
  'node_modules/kept': { version: '2.0.0' },
  'node_modules/tool': { version: '3.0.0', dev: true },
  'node_modules/@unroll/libtensorflow': { link: true },
}

/** @param {string} name @param {string} version @param {string} reference */
function component(name, version, reference) {
  return { 'bom-ref': reference, type: 'library', name, version, purl: `pkg:npm/${reference}`, licenses: LICENCES }
}

/** As npm writes it. @returns {Sbom} */
function makeSbom() {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: { component: component('folder', '1.0.0', 'unroll@1.0.0') },
    components: [
      component('libtensorflow', '1.0.0', '@unroll/libtensorflow@1.0.0'),
      component('kept', '2.0.0', 'kept@2.0.0'),
      component('tool', '3.0.0', 'tool@3.0.0'),
    ],
    dependencies: [
      { ref: '@unroll/libtensorflow@1.0.0', dependsOn: ['kept@2.0.0', 'tool@3.0.0'] },
      { ref: 'kept@2.0.0' },
      { ref: 'tool@3.0.0' },
    ],
  }
}

test('selectShipped() leaves out development dependencies, names components by their packages, and adds wheels to what needs them', () => {
  const sbom = selectShipped(makeSbom(), LOCK, ['tensorflow==2.21.0'])
  assert.equal(sbom.metadata.component.name, 'unroll')
  assert.deepEqual(
    sbom.components.map(({ name }) => name),
    ['@unroll/libtensorflow', 'kept', 'tensorflow'],
  )
  assert.equal(sbom.components[2]?.purl, 'pkg:pypi/tensorflow@2.21.0')
  assert.deepEqual(sbom.dependencies[0]?.dependsOn, ['kept@2.0.0', 'tensorflow==2.21.0'])
  assert.deepEqual(findSbomFaults(sbom, LOCK), [])
})

/** @type {[wanted: string, spoil: (sbom: Sbom) => void][]} */
const FAULTS = [
  ['The format is CycloneDX 1.4', (sbom) => (sbom.specVersion = '1.4')],
  ['kept@2.0.0 is shipped, and no component', ({ components }) => components.splice(1, 1)],
  ['kept@2.0.0 has no licenses', ({ components }) => (Object(components[1]).licenses = [])],
  ['kept@2.0.0 has no version', ({ components }) => (Object(components[1]).version = undefined)],
  ['lost@1.0.0 is needed, and no component', ({ dependencies }) => dependencies.push({ ref: 'lost@1.0.0' })],
  ['Two components have the same reference', ({ components }) => components.push(...components.slice(1))],
]

test('findSbomFaults() finds what is missing', () => {
  for (const [wanted, spoil] of FAULTS) {
    const sbom = makeSbom()
    spoil(sbom)
    assert.ok(findSbomFaults(sbom, LOCK).includes(wanted), wanted)
  }
})
