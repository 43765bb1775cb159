import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { root } from '../repository.mjs'

const run = promisify(execFile)
const CLIENTS = join(root, 'tools/contract/clients')
const DOCUMENT = join(root, 'docs/openapi.json')
const OUTPUT_BYTES = 64 * 2 ** 20
const OPENAPI_GENERATOR = '7.25.0'

/** A tool cannot be had here. */
export class Unavailable extends Error {}

/**
 * @typedef {object} Generator
 * @property {string} name
 * @property {string} version
 * @property {(folder: string) => Promise<void>} install throws `Unavailable` where the tool cannot be had
 * @property {(folder: string) => Promise<void>} generate generates the client, and compiles it with the program that uses it
 * @property {(folder: string) => [command: string, ...args: string[]]} program to be run with address, job and team
 */

/**
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [more] environment
 * @param {number} [limitMs] after which it is ended; 0 means never
 */
export async function execute(cwd, command, args, more = {}, limitMs = 0) {
  mkdirSync(cwd, { recursive: true })
  const environment = { ...process.env, GOFLAGS: '-mod=mod', GOBIN: join(cwd, 'bin'), ...more }
  return await run(command, args, { cwd, env: environment, maxBuffer: OUTPUT_BYTES, timeout: limitMs })
}

/**
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 */
export async function fetchTool(cwd, command, args) {
  try {
    await execute(cwd, command, args)
  } catch (error) {
    const lines = `${error.stderr ?? ''}\n${error.message}`.split('\n').filter((line) => line.trim() !== '')
    throw new Unavailable(`${command} ${args[0]}: ${lines[0]}`)
  }
}

/**
 * @param {string} folder
 * @param {string[]} packages
 */
async function npm(folder, packages) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{}')
  await fetchTool(folder, 'npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages])
}

/**
 * @param {string} folder
 * @param {string[]} packages
 */
export async function pip(folder, packages) {
  if (!existsSync(join(folder, 'venv'))) await fetchTool(folder, 'python3', ['-m', 'venv', 'venv'])
  await fetchTool(folder, join(folder, 'venv/bin/pip'), ['install', '--quiet', ...packages])
}

/** @param {string} folder */
async function jar(folder) {
  const artifact = `-Dartifact=org.openapitools:openapi-generator-cli:${OPENAPI_GENERATOR}`
  await fetchTool(folder, 'mvn', ['-q', 'dependency:copy', artifact, `-DoutputDirectory=${folder}`])
}

/**
 * @param {string} folder
 * @param {string} language
 * @param {string[]} more
 */
async function openapiGenerator(folder, language, more = []) {
  const archive = join(folder, `openapi-generator-cli-${OPENAPI_GENERATOR}.jar`)
  await execute(folder, 'java', ['-jar', archive, 'generate', '-g', language, '-i', DOCUMENT, '-o', 'client', ...more])
}

const TSC = ['--strict', '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--outDir', 'out']
const NODE_CLIENT = ['--module', 'nodenext', '--moduleResolution', 'nodenext', '--skipLibCheck', ...TSC]

/** @type {Generator[]} */
export const GENERATORS = [
  {
    name: 'openapi-typescript',
    version: '7.13.0',
    install: (folder) => npm(folder, ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3']),
    async generate(folder) {
      await execute(folder, 'npx', [
        'openapi-typescript',
        DOCUMENT,
        '--default-non-nullable',
        'false',
        '-o',
        'schema.d.ts',
      ])
      cpSync(join(CLIENTS, 'openapi-typescript.ts.txt'), join(folder, 'client.ts'))
      await execute(folder, 'npx', ['tsc', ...NODE_CLIENT, 'client.ts'])
    },
    program: (folder) => ['node', join(folder, 'out/client.js')],
  },
  {
    name: '@hey-api/openapi-ts',
    version: '0.94.5',
    install: (folder) => npm(folder, ['@hey-api/openapi-ts@0.94.5', 'typescript@5.9.3']),
    async generate(folder) {
      await execute(folder, 'npx', ['openapi-ts', '-i', DOCUMENT, '-o', 'generated', '-c', '@hey-api/client-fetch'])
      cpSync(join(CLIENTS, 'hey-api.ts.txt'), join(folder, 'client.ts'))
      await execute(folder, 'npx', ['tsc', ...NODE_CLIENT, 'client.ts'])
    },
    program: (folder) => ['node', join(folder, 'out/client.js')],
  },
  {
    name: 'openapi-python-client',
    version: '0.29.1',
    install: (folder) => pip(folder, ['openapi-python-client==0.29.1']),
    async generate(folder) {
      const args = ['generate', '--path', DOCUMENT, '--output-path', 'client', '--overwrite']
      await execute(folder, join(folder, 'venv/bin/openapi-python-client'), args)
      await execute(folder, join(folder, 'venv/bin/pip'), ['install', '--quiet', './client'])
    },
    program: (folder) => [join(folder, 'venv/bin/python'), join(CLIENTS, 'openapi_python_client.py')],
  },
  {
    name: 'oapi-codegen',
    version: '2.8.2',
    install: (folder) =>
      fetchTool(folder, 'go', ['install', 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2']),
    async generate(folder) {
      const generator = join(folder, 'bin/oapi-codegen')
      const args = ['-generate', 'types,client', '-package', 'main', '-o', 'client.gen.go', DOCUMENT]
      await execute(folder, generator, args)
      cpSync(join(CLIENTS, 'oapi_codegen.go'), join(folder, 'main.go'))
      if (!existsSync(join(folder, 'go.mod'))) await execute(folder, 'go', ['mod', 'init', 'example.com/client'])
      await fetchTool(folder, 'go', ['mod', 'tidy'])
      await execute(folder, 'go', ['build', '-o', 'client', '.'])
    },
    program: (folder) => [join(folder, 'client')],
  },
  {
    name: 'openapi-generator python',
    version: OPENAPI_GENERATOR,
    install: async (folder) => {
      await jar(folder)
      await pip(folder, ['setuptools'])
    },
    async generate(folder) {
      await openapiGenerator(folder, 'python')
      await execute(folder, join(folder, 'venv/bin/pip'), ['install', '--quiet', './client'])
    },
    program: (folder) => [join(folder, 'venv/bin/python'), join(CLIENTS, 'openapi_generator.py')],
  },
  {
    name: 'openapi-generator java',
    version: OPENAPI_GENERATOR,
    install: jar,
    async generate(folder) {
      await openapiGenerator(folder, 'java', ['--global-property', 'apiTests=false,modelTests=false'])
      const client = join(folder, 'client')
      cpSync(
        join(CLIENTS, 'OpenapiGenerator.java'),
        join(client, 'src/main/java/org/openapitools/client/OpenapiGenerator.java'),
      )
      await execute(client, 'mvn', ['-q', 'compile', 'dependency:copy-dependencies', '-DoutputDirectory=jars'])
    },
    program: (folder) => {
      const classes = [join(folder, 'client/target/classes'), join(folder, 'client/jars/*')].join(':')
      return ['java', '-cp', classes, 'org.openapitools.client.OpenapiGenerator']
    },
  },
]
