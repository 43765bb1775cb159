import { COMMON, type AnyCommand } from './command.ts'
import { COMMANDS } from './commands/commands.ts'
import { EXIT } from './exit_codes.ts'

type Table = (head: readonly string[], rows: readonly (readonly string[])[], left: number) => string

/**
 * `docs/commands.md`: every command with its options and an example, as `unroll <command> --help` tells them.
 *
 * @param table writes a table of Markdown, of which `left` columns are aligned to the left
 */
export function commandReference(table: Table): string {
  return [
    '# Commands',
    '<!-- Written by `npm run docs` from `apps/cli/src/commands`. -->',
    '[The command line](command-line.md) says how `unroll` is installed and which service it asks.',
    '## Options of every command',
    optionTable(COMMON, table),
    ...Object.entries(COMMANDS).flatMap(([name, command]) => describeCommand(name, command, table)),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      Object.values(EXIT).map(({ code, means }) => [String(code), means]),
      2,
    ),
  ]
    .join('\n\n')
    .concat('\n')
}

function describeCommand(
  name: string,
  { summary, arguments: names, options = {}, example }: AnyCommand,
  table: Table,
): string[] {
  const call = ['unroll', name, ...names.map((argument) => `<${argument}>`)].join(' ')
  return [
    `## ${name}`,
    `\`${call}\` ${summary}.`,
    ...(Object.keys(options).length === 0 ? [] : [optionTable(options, table)]),
    `\`\`\`\n${example}\n\`\`\``,
  ]
}

function optionTable(options: NonNullable<AnyCommand['options']>, table: Table): string {
  const rows = Object.entries(options).map(([name, { short, value, help }]) => [
    `\`--${name}${value === undefined ? '' : ` <${value}>`}${short === undefined ? '' : `, -${short}`}\``,
    help,
  ])
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', String.raw`\|`)))
  return table(['option', 'meaning'], escaped, 2)
}
