import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { readFiles, root } from '../repository.mjs'

/** @import { SourceFile } from '../repository.mjs' */
/** @import { Finding } from './run.mjs' */

const WORKFLOW = /^\.github\/workflows\/.*\.yml$/
const ACTION = /\buses: (\S+)/g
const BY_MAJOR = /@v\d+$/
const SCRIPT = /\bnpm run ([\w:-]+)/g
const TARGETS = /\btarget: \[(.*)\]/g
const STAGE = /^FROM \S+ AS (\S+)/gm

/**
 * Holds what the workflows name against what there is: scripts of npm and stages of the Dockerfile. `npm run check -- deploy`
 * holds them against their schema.
 * @returns {Finding}
 */
export function checkWorkflows() {
  return judgeWorkflows(readFiles(WORKFLOW), {
    scripts: Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts),
    stages: findAll(STAGE, readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')),
  })
}

/**
 * @param {SourceFile[]} workflows
 * @param {{ scripts: string[], stages: string[] }} known
 * @returns {Finding}
 */
export function judgeWorkflows(workflows, { scripts, stages }) {
  const named = workflows.flatMap(({ path, text }) => [
    ...findAll(ACTION, text).map((name) => ({
      path,
      name,
      what: 'action by its major version',
      is: BY_MAJOR.test(name),
    })),
    ...findAll(SCRIPT, text).map((name) => ({
      path,
      name,
      what: 'script of package.json',
      is: scripts.includes(name),
    })),
    ...findAll(TARGETS, text)
      .flatMap((list) => list.split(', '))
      .map((name) => ({ path, name, what: 'stage of deploy/Dockerfile', is: stages.includes(name) })),
  ])
  return {
    seen: named.length,
    unit: `actions, scripts and targets in ${workflows.length} workflows`,
    faults: named.filter(({ is }) => !is).map(({ path, name, what }) => `${path}: "${name}" names no ${what}`),
  }
}

/**
 * @param {RegExp} pattern with one group
 * @param {string} text
 */
function findAll(pattern, text) {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}
