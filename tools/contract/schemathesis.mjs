import { join } from 'node:path'

import { root } from '../repository.mjs'
import { execute, pip } from './tools.mjs'

const VERSION = '4.32.5'
const CASES = 5_000
/** Operations there are about 37 of; of each of them so many examples a phase. */
const EXAMPLES = 100
const SEED = 12

/**
 * Tries every operation of the document with valid and invalid requests, of one and of several, by all checks that it knows:
 * answers of 5xx, those that the document does not have, headers and bodies of another form.
 */
export const schemathesis = {
  name: 'schemathesis',
  version: VERSION,
  install: (/** @type {string} */ folder) => pip(folder, [`schemathesis==${VERSION}`]),
  use: async (/** @type {string} */ folder, /** @type {{ url: string, job: string }} */ { url }) => {
    const options = ['--url', url, '--phases', 'examples,coverage,fuzzing,stateful', '--checks', 'all']
    const amount = ['--max-examples', String(EXAMPLES), '--seed', String(SEED), '--request-timeout', '30', '--no-color']
    // A stream of a run that goes on does not end.
    const left = ['--exclude-operation-id', 'streamJob']
    const document = join(root, 'docs/openapi.json')
    const { stdout } = await execute(folder, join(folder, 'venv/bin/schemathesis'), [
      'run',
      document,
      ...options,
      ...amount,
      ...left,
    ])
    const cases = Number(/(\d[\d,]*) generated/.exec(stdout)?.[1]?.replaceAll(',', '') ?? 0)
    if (cases < CASES)
      throw new Error(`Must have tried ${CASES} cases at least, tried ${cases}:\n${stdout.slice(-2_000)}`)
    return `${cases} cases, none of them at fault`
  },
}
