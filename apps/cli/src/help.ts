import { COMMON, type AnyCommand, type Command } from './command.ts'
import { EXIT } from './exit_codes.ts'
import { table } from './table.ts'

/** The output of `unroll --help`. */
export function helpOfAll(commands: Readonly<Record<string, AnyCommand>>): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [`  ${name}`, summary])
  return [
    'unroll: trains recurrent networks and shows the gradient at every time step',
    '',
    'Usage: unroll <command> [arguments] [options]',
    '',
    'Commands',
    ...table(rows),
    '',
    'Options of every command',
    ...optionLines(COMMON),
    '',
    'Exit codes',
    ...table(Object.values(EXIT).map(({ code, means }) => [`  ${code}`, means])),
    '',
    'unroll <command> --help says more of a command, unroll --version which this is.',
    'A job, sweep, data set or worker is given by its id, a part of it that begins or ends no other, its name, latest or @2 (the second newest).',
  ].join('\n')
}

/** The output of `unroll <command> --help`. */
export function formatHelp(name: string, { summary, arguments: names, options = {}, example }: AnyCommand): string {
  const call = [name, ...names.map((argument) => `<${argument}>`)].join(' ')
  return [
    summary,
    '',
    `Usage: unroll ${call} [options]`,
    '',
    'Options',
    ...optionLines({ ...options, ...COMMON }),
    '',
    'Example',
    `  ${example}`,
  ].join('\n')
}

function optionLines(options: NonNullable<Command['options']>): string[] {
  return table(
    Object.entries(options).map(([name, { short, value, help }]) => [
      `  --${name}${value === undefined ? '' : ` <${value}>`}${short === undefined ? '' : `, -${short}`}`,
      help,
    ]),
  )
}
