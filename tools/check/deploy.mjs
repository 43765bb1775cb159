import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

import { listFiles, root } from '../repository.mjs'
import { findOnPath } from '../provision/command.mjs'
import { findSchemas, findValidator } from '../provision/validators.mjs'
import { APP_ENVIRONMENT, NODE_FLAGS } from '../service/commands.mjs'
import { checkRedisUsers } from './redis_users.mjs'

/** @import { Finding } from './run.mjs' */

/**
 * @typedef {object} Validator
 * @property {string} unit what it looks at
 * @property {string[]} programs that it runs
 * @property {RegExp} files that it is given, by their paths
 * @property {(files: string[], run: Run) => Verdict} look
 *
 * @typedef {{ seen: number, faults: string[] }} Verdict
 * @typedef {(program: string, args: string[], options?: { cwd?: string, input?: string }) => { passed: boolean, output: string }} Run
 */

/** @type {Validator[]} */
const VALIDATORS = [
  {
    unit: 'Dockerfiles',
    programs: ['hadolint'],
    files: /^deploy\/Dockerfile$/,
    look: eachFile((path) => ['hadolint', '--no-color', path]),
  },
  {
    unit: 'Compose files',
    programs: ['check-jsonschema'],
    files: /^docker-compose\.yml$/,
    look: eachFile((path) => ['check-jsonschema', '--builtin-schema', 'vendor.compose-spec', path]),
  },
  {
    unit: 'workflows',
    programs: ['check-jsonschema'],
    files: /^\.github\/workflows\//,
    look: eachFile((path) => ['check-jsonschema', '--builtin-schema', 'vendor.github-workflows', path]),
  },
  {
    unit: 'Kubernetes objects',
    programs: ['kustomize', 'kubeconform', 'schemas'],
    files: /^deploy\/kubernetes\/.*kustomization\.yaml$/,
    look: checkKubernetes,
  },
  {
    unit: 'systemd units',
    programs: ['systemd-analyze'],
    files: /^deploy\/systemd\/.*\.service$/,
    look: eachFile((path) => ['systemd-analyze', 'verify', path]),
  },
  {
    unit: 'Prometheus rules',
    programs: ['promtool'],
    files: /^deploy\/prometheus\/rules\.yml$/,
    look: (files, run) => {
      const results = files.flatMap((path) => {
        const cwd = dirname(path)
        return [
          run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'], { cwd }),
          run('promtool', ['check', 'config', 'prometheus.yml'], { cwd }),
          run('promtool', ['test', 'rules', 'rules.test.yml'], { cwd }),
        ]
      })
      const rules = /(\d+) rules found/.exec(results[0]?.output ?? '')?.[1] ?? 0
      return { seen: Number(rules), faults: results.filter(({ passed }) => !passed).map(({ output }) => output) }
    },
  },
]

const NOT_PROVIDED = 'npm run check:deploy fetches what can be fetched'

/**
 * Holds the manifests of `deploy/`, the Compose file and the workflows against the validators of their makers, the time that each gives a
 * process to stop against the time that it may take, the flags of Node against those of `npm start`, their users of Redis against those that there are, and what alerts and dashboard ask for against the metrics that there are. A validator that is not on this machine is noted, no fault.
 * @param {string} [folder] of the manifests and sources, absolute
 * @returns {Finding}
 */
export function checkDeploy(folder = root) {
  const paths = [...listFiles('deploy'), ...listFiles('.github'), 'docker-compose.yml'].filter((path) =>
    existsSync(join(folder, path)),
  )
  const bounds = checkBounds(folder, paths)
  const flags = checkFlags(folder, paths)
  const users = checkRedisUsers(folder)
  const metrics = checkMetrics(folder)
  const notes = [
    `${bounds.seen} times to stop`,
    `${flags.seen} commands of Node`,
    `${users.seen} users of Redis`,
    `${metrics.seen} metrics in alerts and dashboard`,
  ]
  const faults = [...bounds.faults, ...flags.faults, ...users.faults, ...metrics.faults]
  let seen = bounds.seen + flags.seen + users.seen + metrics.seen
  for (const { unit, programs, files, look } of VALIDATORS) {
    const missing = programs.filter((program) => pathOf(program) === undefined)
    if (missing.length > 0) {
      notes.push(`${unit} are not looked at: ${missing.join(' and ')} missing here; ${NOT_PROVIDED}`)
      continue
    }
    const verdict = look(
      paths.filter((path) => files.test(path)),
      runner(folder),
    )
    notes.push(`${verdict.seen} ${unit} by ${programs.join(', ')}`)
    faults.push(...(verdict.seen === 0 ? [`Looked at no ${unit}`] : []), ...verdict.faults.map((text) => text.trim()))
    seen += verdict.seen
  }
  return { seen, unit: 'parts of manifests', faults, notes }
}

/**
 * A validator that takes one file at a time.
 * @param {(path: string) => [program: string, ...args: string[]]} command
 * @returns {Validator['look']}
 */
function eachFile(command) {
  return (files, run) => {
    const results = files.map((path) => {
      const [program, ...args] = command(path)
      return { path, ...run(program, args) }
    })
    return { seen: files.length, faults: results.filter(isFaulty).map(({ path, output }) => `${path}: ${output}`) }
  }
}

/**
 * systemd-analyze warns of what it does not know in a unit, and passes.
 * @param {{ path: string, passed: boolean, output: string }} result
 */
function isFaulty({ path, passed, output }) {
  return !passed || (path.endsWith('.service') && output !== '')
}

/** @type {Validator['look']} */
function checkKubernetes(files, run) {
  const schemas = join(findSchemas() ?? '', '{{ .ResourceKind }}{{ .KindSuffix }}.json')
  const args = ['-strict', '-verbose', '-output', 'json', '-schema-location', schemas]
  const built = files.map((path) => ({ path, ...run('kustomize', ['build', posix.dirname(path)]) }))
  const passed = built.filter((one) => one.passed)
  const { output } = run('kubeconform', args, { input: passed.map((one) => one.output).join('---\n') })
  /** @type {{ resources: { kind: string, name: string, status: string, msg: string }[] }} */
  const { resources } = JSON.parse(output)
  return {
    seen: resources.length,
    faults: [
      ...built.filter((one) => !one.passed).map((one) => `${one.path}: ${one.output}`),
      ...resources
        .filter(({ status }) => status !== 'statusValid')
        .map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`),
    ],
  }
}

/** Where a manifest says how many seconds a process is given to stop. */
const SECONDS_TO_STOP = /^\s*(?:terminationGracePeriodSeconds: |stop_grace_period: |TimeoutStopSec=)(\d+)/gm
const STOPPING = ['apps/api/src/main.ts', 'apps/worker/src/main.ts']

/**
 * @param {string} folder
 * @param {string[]} paths
 * @returns {Verdict}
 */
function checkBounds(folder, paths) {
  const read = (/** @type {string} */ path) => readFileSync(join(folder, path), 'utf8')
  const longest = Math.max(
    ...STOPPING.map((path) => Number(/STOP_MS = ([\d_]+)/.exec(read(path))?.[1]?.replace('_', ''))),
  )
  const given = paths.flatMap((path) =>
    [...read(path).matchAll(SECONDS_TO_STOP)].map(([, seconds]) => ({ path, seconds: Number(seconds) })),
  )
  return {
    seen: given.length,
    faults: given
      .filter(({ seconds }) => !(seconds * 1_000 > longest))
      .map(({ path, seconds }) => `${path} gives ${seconds} s to stop, which may take ${longest} ms`),
  }
}

/** How a manifest starts an app, as one line of a shell or as a list of JSON. */
const APP_COMMAND = /\bnode\b([^\n]*?)apps\/(api|worker)\/dist\/bundle\/main\.js/g

/**
 * @param {string} folder
 * @param {string[]} paths
 * @returns {Verdict}
 */
function checkFlags(folder, paths) {
  const commands = paths.flatMap((path) => {
    const text = readFileSync(join(folder, path), 'utf8')
    return [...text.matchAll(APP_COMMAND)].map(([, given = '', name]) => {
      const app = /** @type {'api' | 'worker'} */ (name)
      const variables = Object.entries(APP_ENVIRONMENT[app]).map((variable) => variable.join('='))
      return {
        path,
        app,
        wanted: NODE_FLAGS[app].join(' '),
        given: given.replaceAll(/[\s",]+/g, ' ').trim(),
        missing: variables.filter((variable) => !text.includes(` ${variable}`)),
      }
    })
  })
  return {
    seen: commands.length,
    faults: commands.flatMap(({ path, app, given, wanted, missing }) => [
      ...(given === wanted ? [] : [`${path} runs the ${app} with "${given}" and not with "${wanted}"`]),
      ...missing.map((variable) => `${path} runs the ${app} without ${variable}`),
    ]),
  }
}

const METRICS = 'docs/monitoring.md'
const DASHBOARD = 'deploy/grafana/unroll.json'
const RULES = 'deploy/prometheus/rules.yml'

/**
 * Holds the metrics that alerts and dashboard ask for against the table of those that there are. The dashboard shows them all,
 * and no panel lies on another.
 * @param {string} folder
 * @returns {Verdict}
 */
function checkMetrics(folder) {
  const read = (/** @type {string} */ path) => readFileSync(join(folder, path), 'utf8')
  const known = new Set([...read(METRICS).matchAll(/^\| `(unroll_\w+)/gm)].map(([, name]) => name))
  /** @type {{ panels: Panel[] }} */
  const { panels } = JSON.parse(read(DASHBOARD))
  const drawn = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)))
  const ruled = metricsIn(read(RULES).replaceAll(/^\s*#.*$/gm, ''))
  const unknown = (/** @type {string} */ path, /** @type {string[]} */ names) =>
    [...new Set(names)]
      .filter((name) => !known.has(name))
      .map((name) => `${path} asks for ${name}: ${METRICS} has none`)
  return {
    seen: drawn.length + ruled.length,
    faults: [
      ...unknown(DASHBOARD, drawn),
      ...unknown(RULES, ruled),
      ...[...known].filter((name) => !drawn.includes(name)).map((name) => `${DASHBOARD} has no panel of ${name}`),
      ...panels.flatMap((panel, at) =>
        panels
          .slice(0, at)
          .filter((other) => other.id === panel.id || overlap(other.gridPos, panel.gridPos))
          .map(({ title }) => `${DASHBOARD}: panel "${panel.title}" has the id or the place of "${title}"`),
      ),
    ],
  }
}

/**
 * @typedef {{ x: number, y: number, w: number, h: number }} Place
 * @typedef {{ id: number, title: string, gridPos: Place, targets: { expr: string }[] }} Panel
 */

/**
 * Metrics of this service in an expression, each by its name as a whole: a histogram is asked for by its parts.
 * @param {string} expression
 */
function metricsIn(expression) {
  return (expression.match(/\bunroll_\w+/g) ?? []).map((name) => name.replace(/_(?:bucket|count|sum)$/, ''))
}

/**
 * @param {Place} one
 * @param {Place} other
 */
function overlap(one, other) {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h
}

/** @param {string} program */
function pathOf(program) {
  return program === 'schemas' ? findSchemas() : (findValidator(program) ?? findOnPath([program]))
}

/**
 * @param {string} folder
 * @returns {Run}
 */
function runner(folder) {
  return (program, args, { cwd = '.', input } = {}) => {
    const options = { cwd: join(folder, cwd), input, encoding: /** @type {const} */ ('utf8') }
    const { status, stdout, stderr, error } = spawnSync(pathOf(program) ?? program, args, options)
    if (error !== undefined) throw error
    return { passed: status === 0, output: stdout + stderr }
  }
}
