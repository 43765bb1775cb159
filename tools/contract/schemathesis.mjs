import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../repository.mjs'
import { execute, pip } from './tools.mjs'

/** @import { Service } from './service.mjs' */

export const VERSION = '4.32.5'
const CASES = 5_000
/** Of each operation so many examples a phase. */
const EXAMPLES = 100
const SEED = 12
/** Retries that made a job, and that were refused for what is in their body: both must be among the cases. */
const RETRIES = { 'retryJob 202': 10, 'retryJob 422': 10 }
const HERE = join(root, 'tools/contract')
const PHASES = 'examples,coverage,fuzzing,stateful'

/**
 * Tries every operation of the document with valid and invalid requests, of one and of several, by all checks that it knows:
 * answers of 5xx, those that the document does not have, headers and bodies of another form.
 */
export const schemathesis = {
  name: 'schemathesis',
  version: VERSION,
  install: (/** @type {string} */ folder) => pip(folder, [`schemathesis==${VERSION}`]),
  use: async (/** @type {string} */ folder, /** @type {Service} */ { url, seeds }) => {
    const settings = join(folder, 'settings.toml')
    writeFileSync(settings, readFileSync(join(HERE, 'schemathesis.toml'), 'utf8') + dictionaries(seeds))
    const counted = join(folder, 'answers.json')
    const kept = JSON.stringify(Object.values(seeds).flat())
    const more = { SCHEMATHESIS_HOOKS: join(HERE, 'schemathesis_hooks.py'), UNROLL_ANSWERS: counted, UNROLL_KEPT: kept }
    const { stdout } = await execute(
      folder,
      join(folder, 'venv/bin/schemathesis'),
      ['--config-file', settings, 'run', join(root, 'docs/openapi.json'), ...options(url)],
      more,
    )
    const cases = Number(/(\d[\d,]*) generated/.exec(stdout)?.[1]?.replaceAll(',', '') ?? 0)
    return verdict(cases, JSON.parse(readFileSync(counted, 'utf8')))
  },
}

/** @param {string} url */
function options(url) {
  const how = ['--phases', PHASES, '--checks', 'all', '--max-examples', String(EXAMPLES), '--seed', String(SEED)]
  // A stream of a run that goes on does not end.
  return ['--url', url, ...how, '--request-timeout', '30', '--no-color', '--exclude-operation-id', 'streamJob']
}

/** @param {Service['seeds']} seeds */
export function dictionaries(seeds) {
  return Object.entries(seeds)
    .map(([name, ids]) => `\n[dictionaries.${name}]\nvalues = ${JSON.stringify(ids)}\n`)
    .join('')
}

/**
 * @param {number} cases
 * @param {Record<string, number>} answers how often each operation answered with each status
 */
function verdict(cases, answers) {
  const of = (/** @type {RegExp} */ kind) =>
    Object.entries(answers).reduce((sum, [name, count]) => sum + (kind.test(name) ? count : 0), 0)
  const [answered, faults, unanswered] = [of(/ \d{3}$/), of(/ 5\d\d$/), of(/ unanswered$/)]
  const retries = Object.keys(RETRIES).map((name) => `${answers[name] ?? 0} of ${name}`)
  const told = `${cases} cases, ${answered} answers (${retries.join(', ')}), ${faults} of them 5xx, ${unanswered} unanswered`
  const isEnough = Object.entries(RETRIES).every(([name, least]) => (answers[name] ?? 0) >= least)
  if (cases < CASES || faults + unanswered > 0 || !isEnough)
    throw new Error(`Must try ${CASES} cases at least, and retry more than its address: ${told}`)
  return told
}
