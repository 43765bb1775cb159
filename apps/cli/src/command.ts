import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { UnrollClient } from '@unroll/client'
import { didYouMean } from './closest.ts'
import type { Environment } from './config.ts'
import type { Exit } from './exit_codes.ts'
import type { Service } from './service/choose_service.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage_error.ts'

type Options = NonNullable<ParseArgsConfig['options']>

interface Option {
  type: 'string' | 'boolean'
  short?: string
  /** The kind of its value, as shown by `--help`. */
  value?: string
  help: string
}

/** The arguments and options of a call. */
export interface LocalCall {
  /** Every command by its name. */
  commands: Readonly<Record<string, AnyCommand>>
  environment: Environment
  terminal: Terminal
  signal: AbortSignal
  /** Values of `arguments`, by position. */
  given: string[]
  /** Values of the given `options`. */
  text: Record<string, string | undefined>
  flags: Record<string, boolean | undefined>
}

/** A call to a service. Its jobs, sweeps, data sets and workers are given by their whole ids. */
export interface Call extends LocalCall {
  client: UnrollClient
  service: Service
}

interface Description {
  summary: string
  /** Names of its positional arguments; all must be given. */
  arguments: readonly string[]
  options?: Readonly<Record<string, Option>>
  example: string
}

/** A command that asks the service. */
export interface Command extends Description {
  run(call: Call): Promise<Exit | void>
}

/** A command that needs no service. */
export interface LocalCommand extends Description {
  runLocally(call: LocalCall): Promise<Exit | void>
}

export type AnyCommand = Command | LocalCommand

/** How Node tells of an option that is not known. */
const UNKNOWN_OPTION = /^Unknown option '([^']+)'/

/** Options of every command. */
export const COMMON: Readonly<Record<string, Option>> = {
  url: {
    type: 'string',
    value: 'address',
    help: 'of the service (else --context, UNROLL_URL, the context in use, http://127.0.0.1:8080)',
  },
  context: { type: 'string', value: 'name', help: 'the service of this context (unroll login stores one)' },
  json: { type: 'boolean', help: 'print what the service answers, as JSON' },
  help: { type: 'boolean', short: 'h', help: 'print this' },
}

/** Reads a command's arguments. @throws {UsageError} */
export function parseCall(
  { arguments: names, options = {} }: Description,
  args: string[],
): Pick<LocalCall, 'given' | 'text' | 'flags'> {
  const known = { ...options, ...COMMON }
  const config = Object.entries(known).map(
    ([name, { type, short }]) => [name, { type, ...(short && { short }) }] as const,
  )
  const { values, positionals } = parsed(args, Object.fromEntries(config))
  const text: LocalCall['text'] = {}
  const flags: LocalCall['flags'] = {}
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string') text[name] = value
    if (typeof value === 'boolean') flags[name] = value
  }
  if (flags['help'] !== true && positionals.length !== names.length)
    throw new UsageError(
      `needs ${names.map((name) => `<${name}>`).join(' ') || 'no arguments'}, got ${positionals.length}`,
    )
  return { given: positionals, text, flags }
}

function parsed(args: string[], options: Options): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const unknown = UNKNOWN_OPTION.exec(message)?.[1]
    if (unknown === undefined) throw new UsageError(message)
    throw new UsageError(`has no option ${unknown}${didYouMean(unknown, Object.keys(options).map(toFlag))}`)
  }
}

function toFlag(name: string): string {
  return `--${name}`
}

/** The value of an option that must be a whole number of at least `least`. @throws {UsageError} */
export function parseCount(text: string | undefined, name: string, least: number = 1): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text) || Number(text) < least)
    throw new UsageError(`--${name} must be an integer ≥ ${least}: current value is "${text}"`)
  return Number(text)
}
