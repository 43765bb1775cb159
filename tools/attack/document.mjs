import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { VERSION, dictionaries } from '../contract/schemathesis.mjs'
import { startApi } from '../contract/service.mjs'
import { execute, pip } from '../contract/tools.mjs'
import { root } from '../repository.mjs'
import { IDENTITIES, makeKeys } from './identities.mjs'

const HERE = join(root, 'tools/contract')
/** Of each operation and phase, for each identity. With fewer the phases are left out that try thousands whatever is asked for. */
const EXAMPLES = 30
/** Of one identity; it takes a few minutes. */
const LIMIT_MS = 25 * 60_000
const CASES = 20_000
const SEED = 19
/** What no request may lead to, whoever sends it. Whether a right request is taken depends on who sends it. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
]
const OPEN = {
  UNROLL_LIMITS:
    'reads=none,writes=none,upload_bytes=none,uploads=none,streams=none,steps=none,open_jobs=none,stored_bytes=none',
  UNROLL_MOST_DELAY_MS: '60000', // of a machine that does other things too
  UNROLL_LOCK_MS: '500', // and so 1.5 s, in place of 30, until a prediction that no worker answers is a 504
}

/**
 * Has schemathesis try every operation of the service's own document as each identity.
 * @param {(name: string) => boolean} isWanted by `document-` and the name of an identity
 * @param {number} [examples]
 * @returns {Promise<{ tried: number, faults: string[] }>}
 */
export async function attackDocument(isWanted, examples = EXAMPLES) {
  const outcome = { tried: 0, faults: /** @type {string[]} */ ([]) }
  const names = Object.keys(IDENTITIES).filter((name) => isWanted(`document-${name}`))
  if (names.length === 0) return outcome
  const folder = mkdtempSync(join(tmpdir(), 'unroll-attack-'))
  try {
    const python = await providePython(folder)
    for (const name of names) {
      const { cases, answers, faults } = await attackAs(name, {
        folder: mkdtempSync(join(folder, name)),
        python,
        examples,
      })
      outcome.tried += cases
      outcome.faults.push(...faults)
      const of = (/** @type {RegExp} */ kind) =>
        Object.entries(answers).reduce((sum, [answer, count]) => sum + (kind.test(answer) ? count : 0), 0)
      const statuses = ['2', '3', '4', '5'].map((digit) => `${of(new RegExp(` ${digit}\\d\\d$`))} of ${digit}xx`)
      console.log(
        `  ${faults.length === 0 ? '✓' : '✗'} document, ${name}: ${cases} cases, ${statuses.join(', ')}, ${of(/ unanswered$/)} unanswered`,
      )
    }
    if (examples >= EXAMPLES && names.length === Object.keys(IDENTITIES).length && outcome.tried < CASES)
      outcome.faults.push(`document: ${outcome.tried} of ${CASES} cases`)
    return outcome
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * A Python that has schemathesis: that of UNROLL_ATTACK_PYTHON, or one that is installed.
 * @param {string} folder
 */
async function providePython(folder) {
  const given = process.env.UNROLL_ATTACK_PYTHON
  if (given !== undefined) return given
  await pip(folder, [`schemathesis==${VERSION}`])
  return join(folder, 'venv/bin/python')
}

/**
 * A service of its own for each: what one deletes, the next would miss.
 * @param {string} name of an identity
 * @param {{ folder: string, python: string, examples: number }} how
 * @returns {Promise<{ cases: number, answers: Record<string, number>, faults: string[] }>}
 */
async function attackAs(name, { folder, python, examples }) {
  const service = await startApi(folder, OPEN)
  try {
    const { url, seeds } = service
    const { keys, ids } = await makeKeys(url)
    const settings = join(folder, 'settings.toml')
    writeFileSync(settings, readFileSync(join(HERE, 'schemathesis.toml'), 'utf8') + dictionaries(seeds))
    const counted = join(folder, 'answers.json')
    const kept = JSON.stringify([...Object.values(seeds).flat(), ...ids])
    const environment = {
      SCHEMATHESIS_HOOKS: join(HERE, 'schemathesis_hooks.py'),
      UNROLL_ANSWERS: counted,
      UNROLL_KEPT: kept,
    }
    const key = keys[name]
    const header = key === undefined ? [] : ['--header', `Authorization: Bearer ${key}`]
    const args = [
      '-m',
      'schemathesis.cli',
      '--config-file',
      settings,
      'run',
      `${url}/openapi.json`,
      ...options(url, examples),
      ...header,
    ]
    const { stdout, isClean } = await execute(folder, python, args, environment, LIMIT_MS).then(
      (done) => ({ stdout: done.stdout, isClean: true }),
      (error) => ({
        stdout: `${error.killed === true ? `Did not end within ${LIMIT_MS / 60_000} min\n` : ''}${error.stdout ?? error.message}`,
        isClean: false,
      }),
    )
    const cases = Number(/(\d[\d,]*) generated/.exec(stdout)?.[1]?.replaceAll(',', '') ?? 0)
    const failures = stdout.slice(Math.max(0, stdout.indexOf('FAILURES'))).slice(0, 6_000)
    const faults = isClean && cases > 0 ? [] : [`document, ${name}: ${failures}`]
    const answers = existsSync(counted) ? JSON.parse(readFileSync(counted, 'utf8')) : {}
    return { cases, answers, faults }
  } finally {
    await service.stop()
  }
}

/**
 * @param {string} url
 * @param {number} examples
 */
function options(url, examples) {
  const how = [
    '--phases',
    examples < EXAMPLES ? 'examples,fuzzing' : 'examples,coverage,fuzzing,stateful',
    '--checks',
    CHECKS.join(),
    '--seed',
    String(SEED),
  ]
  // Two workers at a time have Python's own parser fail now and then.
  const bounds = ['--max-examples', String(examples), '--request-timeout', '60', '--workers', '1']
  // A stream of a run that goes on does not end.
  return ['--url', url, ...how, ...bounds, '--no-color', '--exclude-operation-id', 'streamJob']
}
