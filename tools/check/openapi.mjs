import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../repository.mjs'

/** @import { Finding } from './run.mjs' */

const FILE = 'docs/openapi.json'
const ERROR = 0 // of Spectral's severities
const METHODS = ['get', 'put', 'post', 'patch', 'delete']

/**
 * Holds the OpenAPI document against Spectral's standard rules. Its errors are faults; how many warnings there are is noted.
 * @returns {Promise<Finding>}
 */
export async function checkOpenapi() {
  const [{ default: spectral }, { default: rulesets }] = await Promise.all([
    import('@stoplight/spectral-core'), // takes seconds to load: not for those who run other checks
    import('@stoplight/spectral-rulesets'),
  ])
  const document = JSON.parse(readFileSync(join(root, FILE), 'utf8'))
  const linter = new spectral.Spectral()
  // Its own type does not fit what it takes.
  linter.setRuleset({ extends: [[/** @type {any} */ (rulesets.oas), 'recommended']] })
  const results = await linter.run(document)
  const errors = results.filter(isError)
  const warned = new Set(results.filter((result) => !isError(result)).map(({ code }) => code))
  const notes = `${results.length - errors.length} warnings of Spectral: ${[...warned].join(', ')}`
  return {
    seen: operationsOf(document).length,
    unit: 'operations of the OpenAPI document',
    faults: errors.map(({ path, code, message }) => `${FILE} at ${path.join('/')}: ${message} (${code})`),
    notes: warned.size > 0 ? [notes] : [],
  }
}

/** @param {{ paths: Record<string, object> }} document */
function operationsOf({ paths }) {
  return Object.values(paths).flatMap((path) => Object.keys(path).filter((name) => METHODS.includes(name)))
}

/** @param {{ severity: number }} result */
function isError({ severity }) {
  return severity === ERROR
}
