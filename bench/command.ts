// What the benches share as commands: a help text, options that say what is wanted, errors of one line.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'

/** Signals that end a bench, with what it has started. */
export const ENDING = ['SIGINT', 'SIGTERM'] as const

export interface Option<Value> {
  readonly about: string
  /** What stands for it in the help text: `N`, `plain | flow`. */
  readonly usage: string
  /** What an error asks for: `an integer ≥ 1`. */
  readonly wanted: string
  /** In place of what is not given; without one, the option must be given. */
  readonly default?: string
  /** Undefined for what is not wanted. */
  readonly parse: (text: string) => Value | undefined
}

export type Options = Readonly<Record<string, Option<unknown>>>
export type Given<Asked extends Options> = {
  readonly [Name in keyof Asked]: Asked[Name] extends Option<infer Value> ? Value : never
}

/** A file, a folder, a command. Pass `''` as default for one that may be left out. */
export function text(usage: string, about: string, otherwise?: string): Option<string> {
  return {
    about,
    usage,
    wanted: 'given',
    ...(otherwise !== undefined && { default: otherwise }),
    parse: (given) => given,
  }
}

/** An integer ≥ 1. */
export function count(otherwise: number, about: string): Option<number> {
  return {
    about,
    usage: 'N',
    wanted: 'an integer ≥ 1',
    default: String(otherwise),
    parse: (given) => (/^[1-9]\d*$/.test(given) ? Number(given) : undefined),
  }
}

/** One of a few names. */
export function choice<const Name extends string>(
  names: readonly Name[],
  otherwise: NoInfer<Name>,
  about: string,
): Option<Name> {
  const parse = (given: string): Name | undefined => names.find((name) => name === given)
  return { about, usage: names.join(' | '), wanted: `one of ${names.join(', ')}`, default: otherwise, parse }
}

/** Some of a few names, separated by commas. */
export function choices<const Name extends string>(
  names: readonly Name[],
  otherwise: readonly NoInfer<Name>[],
  about: string,
): Option<readonly Name[]> {
  const parse = (given: string): readonly Name[] | undefined => {
    const asked = given.split(',')
    const known = asked.flatMap((each) => names.find((name) => name === each) ?? [])
    return known.length === asked.length ? known : undefined
  }
  return { about, usage: names.join(), wanted: `some of ${names.join()}`, default: otherwise.join(), parse }
}

/**
 * Runs a bench, with the variables of a worker: answers `--help`, refuses options it does not know or that are not what is wanted with exit code 2, and
 * tells an error of the bench itself in one line, with exit code 1.
 */
export async function bench<Asked extends Options>(
  { name, question, options }: { readonly name: string; readonly question: string; readonly options: Asked },
  answer: (given: Given<Asked>) => Promise<void>,
): Promise<void> {
  let given: Given<Asked>
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean' }, ...textOptions(options) } })
    if (values['help'] === true) {
      process.stdout.write(helpText(name, question, options))
      return
    }
    given = parsed(options, values)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nSee: npm run bench:${name} -- --help\n`)
    process.exitCode = 2
    return
  }
  const env = await workerEnvironment()
  if (Object.keys(env).some((variable) => process.env[variable] === undefined)) return runAgain(env)
  try {
    await answer(given)
  } catch (error) {
    const { message, cause } = error as Error
    process.stderr.write(`${message}${cause instanceof Error ? `. ${cause.message}` : ''}\n`)
    process.exitCode = 1
  }
}

/** What a worker is started with: it is read when malloc is first used, so that it must be there when a process starts. */
async function workerEnvironment(): Promise<Record<string, string>> {
  const { href } = new URL('../../tools/service/commands.mjs', import.meta.url) // this module runs in bench/dist
  const { APP_ENVIRONMENT } = (await import(href)) as { APP_ENVIRONMENT: Record<'worker', Record<string, string>> }
  return APP_ENVIRONMENT.worker
}

/** Ends as the other process does, which gets the signals that this one gets. */
async function runAgain(env: Record<string, string>): Promise<void> {
  const [, program = '', ...options] = process.argv
  const again = spawn(process.execPath, [...process.execArgv, program, ...options], {
    stdio: 'inherit',
    env: { ...env, ...process.env },
  })
  for (const signal of ENDING) process.on(signal, () => again.kill(signal))
  const [code] = (await once(again, 'exit')) as [number | null]
  process.exitCode = code ?? 1
}

function textOptions(options: Options): Readonly<Record<string, { readonly type: 'string' }>> {
  return Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' }]))
}

function parsed<Asked extends Options>(options: Asked, values: Readonly<Record<string, unknown>>): Given<Asked> {
  const entries = Object.entries(options).map(([name, option]) => {
    const current = values[name] ?? option.default
    const value = typeof current === 'string' ? option.parse(current) : undefined
    if (value !== undefined) return [name, value] as const
    const shown = current === undefined ? 'absent' : JSON.stringify(current)
    throw new RangeError(`Cannot run as --${name} must be ${option.wanted}: current value is ${shown}`)
  })
  return Object.fromEntries(entries) as Given<Asked>
}

function helpText(name: string, question: string, options: Options): string {
  const rows = Object.entries(options).map(([option, { about, usage, default: otherwise }]) => {
    const given = otherwise === undefined ? ' (must be given)' : otherwise === '' ? '' : ` (${otherwise})`
    return [`--${option} ${usage}`, `${about}${given}`] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
  return [question, '', `npm run bench:${name} -- [options]`, '', ...lines, ''].join('\n')
}
