/** First lines of a generated document. */
export function opening(title: string, source: string): string {
  return `# ${title}\n\n<!-- Written by \`npm run docs\` from ${source}. -->\n`
}

/** A table; bars in cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
}

export function code(text: string): string {
  return `\`${text}\``
}
